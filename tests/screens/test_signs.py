"""Signs, times and the picture for the README: what needs no screen to be tried."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from screens.glyphs import ASCII, UNICODE, choose
from screens.screenshot import export
from screens.widgets.ink import fit
from screens.widgets.node_row import Columns, row
from tests.screens.rollouts import Run
from wizard.errors import WizardError
from wizard.rollout.whereabouts import NodeProgress
from wizard.times import duration, until


@pytest.mark.parametrize(
    ("environ", "encoding", "signs"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", UNICODE),
        ({"TERM": "xterm-256color"}, "UTF8", UNICODE),
        ({"TERM": "linux"}, "utf-8", ASCII),
        ({"TERM": "vt220"}, "ANSI_X3.4-1968", ASCII),
        ({"LC_ALL": "C"}, "utf-8", ASCII),
        ({"LC_ALL": "C.UTF-8"}, "utf-8", UNICODE),
        ({}, "latin-1", ASCII),
    ],
)
def test_signs_are_ascii_where_the_terminal_has_no_unicode(environ, encoding, signs) -> None:
    assert choose(environ, encoding=encoding) is signs


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (200_000, "2d 07h")],
)
def test_durations_fit_into_seven_cells(seconds: float, text: str) -> None:
    assert duration(seconds) == text
    assert len(text) <= 7


def test_the_end_is_told_in_minutes() -> None:
    assert until(30) == "in under 1 min"
    assert until(720) == "in 12 min"
    assert until(3 * 3600) == "in 3h 00m"


@pytest.mark.parametrize("text", ["", "short", "日本語の長いログ", "a" * 50, "e\u0301" * 9, "👨‍👩‍👧 family"])
@pytest.mark.parametrize("width", [0, 1, 3, 8, 20])
def test_a_cell_is_filled_exactly(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@pytest.mark.parametrize("width", [79, 65, 119])
@pytest.mark.parametrize("state", list(UNICODE.states))
def test_a_row_is_as_wide_as_the_list_and_has_the_word_of_its_state(state, width: int) -> None:
    node = NodeProgress(
        "a-node-with-quite-a-long-name-" * 2, state=state, step="s", step_title="A title " * 9, steps=12
    )
    node.started, node.doing, node.awaited = 1.0, "doing " * 20, "日本 " * 20
    text = "".join(
        part for part, _ in row(node, Columns.of(width, longest_name=60), UNICODE, turn="", selected=True, now=9e6)
    )
    assert state in text
    assert "(1/12)" in text or state in ("waiting", "done", "unchanged")
    assert cell_len(text) == width


def test_a_picture_is_made_from_a_run_and_from_a_journal_alike(run: Run) -> None:
    run.failed()
    for source in (run.folder, run.folder / "journal.jsonl"):
        svg = export(source, (100, 30))
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert "212&#160;MiB&#160;free" in svg
        assert str(run.folder) not in svg


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="no rollout in it"):
        export(tmp_path)
