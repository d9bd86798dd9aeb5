"""Long lines on a narrow screen."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.glyphs import UNICODE
from screens.widgets.folding import folded


@given(st.text(max_size=300), st.integers(8, 120))
def test_every_row_fits_and_no_word_is_lost(line: str, width: int) -> None:
    rows = folded(line, width, UNICODE.text)
    assert all(cell_len(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(UNICODE.text(line).split())


def test_a_line_is_cut_between_words_and_set_in() -> None:
    rows = folded("  cni: canal is what RKE2 takes by itself", 24, UNICODE.text)
    assert rows == ("  cni: canal is what", "    RKE2 takes by itself")
