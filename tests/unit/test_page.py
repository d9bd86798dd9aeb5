"""Reports as pages: tables and lists become HTML, what nodes and operators said stays text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from wizard.markdown import escaped
from wizard.page import page

OURS = {"html", "head", "meta", "title", "style", "body", "h1", "table", "thead", "tbody", "tr", "th", "td"}


class Read(HTMLParser):
    """The tags of a page, and the text of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self._in_cell = tag in ("td", "th")
        if self._in_cell:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.cells[-1] += data


def test_the_title_is_the_first_heading_as_it_reads() -> None:
    assert r"<title>Rollout of a_b &lt;c&gt;</title>" in page(f"# Rollout of {escaped('a_b <c>')}\n\n# Other\n")


def test_a_page_asks_for_nothing_beside_itself() -> None:
    text = page("# R\n\n<script src='http://x'></script>\n\n- `a`\n")
    assert "<script" not in text
    assert "<code>a</code>" in text
    assert "href=" not in text
    assert "src=" not in text.replace("src='http://x'&gt;", "")


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1).map(str.strip))
def test_whatever_is_said_stays_text_in_its_cell(said: str) -> None:
    read = Read(page(f"# R\n\n| Node | Said |\n| --- | --- |\n| a | {escaped(said)} |\n"))
    assert read.tags <= OURS
    assert read.cells == ["Node", "Said", "a", " ".join(escaped_back(said))]


def escaped_back(said: str) -> list[str]:
    """The words that are to be read, as terminals are given them."""
    from wizard.plain import plain

    return plain(" ".join(said.split())).split()
