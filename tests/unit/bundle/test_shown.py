import io

import pytest
from rich.console import Console

from screens.fetch_bars import FetchBars
from wizard.bundle.fetch.events import FetchEnded, FetchEvent, FetchMoved, FetchRetried, FetchStarted
from wizard.bundle.sizes import size
from wizard.cli.bundle.lines import FetchLines

STORY: tuple[FetchEvent, ...] = (
    FetchStarted("rke2/[red]tarball", 4 << 20, 0),
    FetchMoved("rke2/[red]tarball", 1 << 20),
    FetchRetried("rke2/[red]tarball", "the link\x1b]0;title\x07 ended", 2.0),
    FetchStarted("rke2/[red]tarball", 4 << 20, 1 << 20),
    FetchEnded("rke2/[red]tarball", "fetched", 4 << 20),
    FetchEnded("install.sh", "cached", 1 << 10),
)


def test_lines_say_at_the_end_what_came_and_name_each_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with FetchLines() as lines:
        for event in STORY:
            lines.hear(event)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "rke2/[red]tarball: the link ended; again in 2 s"
    assert said[1].startswith("2 of 2 files, 4.0 MiB of 4.0 MiB")


def test_bars_take_names_as_they_are_and_let_no_escape_through() -> None:
    out = io.StringIO()
    with FetchBars(Console(file=out, force_terminal=True, width=100)) as bars:
        bars.expect(8 << 20)
        for event in STORY[:4]:
            bars.hear(event)
    assert "rke2/[red]tarball: the link ended; again in 2 s" in out.getvalue()
    assert "\x1b]0;" not in out.getvalue()


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 << 29, "2.5 GiB"), (3 << 50, "3072.0 TiB")]
)
def test_sizes_are_read_at_a_glance(count: int, text: str) -> None:
    assert size(count) == text
