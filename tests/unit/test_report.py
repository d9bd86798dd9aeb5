import json
from pathlib import Path

import pytest

from wizard.balancers.drill import Drill, note
from wizard.cli.main import main
from wizard.report import REPORT, report, save_report
from wizard.rollout import events as ev
from wizard.rollout.host_log import HostLogs, host_log
from wizard.rollout.journal import Journal
from wizard.rollout.process import JOURNAL, SPEC, new_run
from wizard.rollout.progress import Progress

STEPS = (
    ev.StepOutline(key="install", title="Install RKE2", expected_s=15.0),
    ev.StepOutline(key="start", title="Start RKE2", expected_s=60.0),
)
STAGE = ev.StageOutline(key="agents", title="Agents", noun="agents", batches=(("w-1", "w-2"),), steps=STEPS, at_once=2)
STORY: tuple[ev.Event, ...] = (
    ev.SurveyStarted(nodes=2),
    ev.RolloutStarted(cluster="prod", run="r", digest="d", stages=(STAGE,)),
    ev.StageStarted(stage="agents"),
    ev.BatchStarted(stage="agents", number=1, nodes=("w-1", "w-2")),
    ev.StepStarted(stage="agents", node="w-1", step="install"),
    ev.NodeOutput(node="w-1", lines=("[INFO]  using v1.34.2+rke2r1 as release",)),
    ev.StepEnded(stage="agents", node="w-1", step="install", outcome="done", took_s=12.0),
    ev.NodeWaiting(node="w-1", awaited="w-1: the connection dropped", until=1.0),
    ev.NodeBack(node="w-1", after_s=61.0),
    ev.StepStarted(stage="agents", node="w-1", step="start"),
    ev.StepEnded(stage="agents", node="w-1", step="start", outcome="done", took_s=90.0),
    ev.NodeEnded(stage="agents", node="w-1", outcome="done"),
    ev.StepStarted(stage="agents", node="w-2", step="install"),
    ev.StepEnded(
        stage="agents",
        node="w-2",
        step="install",
        outcome="failed",
        took_s=2.0,
        saw="<b>no</b> room | [x](http://y)",
        cause="The disk is full.",
        next_move="Free 4 GiB, then retry.",
    ),
    ev.NodeEnded(stage="agents", node="w-2", outcome="failed"),
    ev.CommandTaken(command="skip", node="w-2", said="w-2 is left out of this rollout"),
    ev.NodeEnded(stage="agents", node="w-2", outcome="skipped"),
    ev.StageEnded(stage="agents"),
    ev.RolloutEnded(outcome="partly", said="1 of 2 nodes done; not done: w-2", next_move="Go on with: apply"),
)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """The folder of a rollout in which one agent came up and one failed and was skipped."""
    folder = new_run(tmp_path / "prod", {}, b"name: prod\n")
    journal, logs = Journal(folder / JOURNAL), HostLogs(folder)
    for event in STORY:
        logs.write(journal.write(event))
    return folder


def test_a_notice_of_the_plan_is_told_once_by_report_lines_and_screen(tmp_path, capsys):
    from screens.widgets import headline
    from wizard.cli.showing import Lines
    from wizard.profiles import profile

    notice = profile("rke1/end_of_life")["note"]
    begun = ev.RolloutStarted(cluster="prod", run="r", digest="d", stages=(STAGE,), notice=notice)
    folder, lines = new_run(tmp_path / "prod", {}, b"name: prod\n"), Lines(output=False)
    Journal(folder / JOURNAL).write(begun)
    lines.show(begun)
    assert report(folder).count("31 July 2025") == 1
    assert capsys.readouterr().out.count("31 July 2025") == 1
    progress = Progress()
    progress.apply(begun)
    wide, narrow = (headline.title(progress, width, simulated=False, lost=False) for width in (80, 50))
    assert "".join(text for text, _ in wide).count("RKE1 reached its end of life on 31 July 2025 ") == 1
    assert "31 July" not in "".join(text for text, _ in narrow)


def test_a_report_tells_outcome_failures_times_the_operators_words_and_places(run_dir):
    text = report(run_dir)
    assert "- Outcome: **partly**: 1 of 2 nodes done; not done: w-2" in text
    assert "  - Likely cause: The disk is full." in text
    assert "  - Next: Free 4 GiB, then retry." in text
    assert f"  - Log: `{host_log(run_dir, 'w-2')}`" in text
    assert "| w-1 | Agents | done | 0s | Start RKE2 (1m 30s) |" in text
    assert "| Install RKE2 | 1 | 12.0 s | 12.0 s | w-1 |" in text
    assert "| w-1 | waited: w-1: the connection dropped |" in text
    assert "| w-2 | operator: skip: w-2 is left out of this rollout |" in text
    assert f"- Journal: `{run_dir / JOURNAL}`" in text


def test_what_a_node_said_becomes_no_markup_in_a_report(run_dir):
    assert r"\<b\>no\</b\> room \| \[x\](http://y)" in report(run_dir)


def test_report_prints_a_page_for_a_browser(run_dir, monkeypatch, capsys):
    monkeypatch.setattr("wizard.cli.control.latest_run", lambda cluster: run_dir)
    assert main(["report", "prod", "--html"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("<!doctype html>")
    assert "<td>Start RKE2 (1m 30s)</td>" in text
    assert "&lt;b&gt;no&lt;/b&gt; room | [x](http://y)" in text


def test_a_rollout_that_goes_on_has_a_report_so_far(run_dir):
    lines = (run_dir / JOURNAL).read_text().splitlines(keepends=True)
    (run_dir / JOURNAL).write_text("".join(lines[:8]))
    assert "- Outcome: **not ended**" in report(run_dir)


def test_a_report_of_a_rollout_that_never_began_says_why(tmp_path):
    folder = new_run(tmp_path / "prod", {}, b"")
    Journal(folder / JOURNAL).write(ev.RolloutEnded(outcome="failed", said="the vault is locked", next_move="Open it."))
    save_report(folder)
    assert "**failed**: the vault is locked" in (folder / REPORT).read_text()
    assert (folder / REPORT).stat().st_mode & 0o777 == 0o600


def test_each_node_has_a_log_of_its_own_for_its_owner_alone(run_dir):
    first, second = host_log(run_dir, "w-1"), host_log(run_dir, "w-2")
    assert [line[20:] for line in first.read_text().splitlines()] == [
        "== Install RKE2",
        "  [INFO]  using v1.34.2+rke2r1 as release",
        "== Install RKE2: done, 12.0 s",
        "== waiting: w-1: the connection dropped",
        "== back after 61 s",
        "== Start RKE2",
        "== Start RKE2: done, 90.0 s",
        "== DONE",
    ]
    assert "   next:  Free 4 GiB, then retry." in second.read_text()
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_log_that_can_not_be_written_stops_nothing(tmp_path):
    (tmp_path / "hosts").write_text("in the way")
    HostLogs(tmp_path).write(ev.NodeEnded(stage="s", node="n1", outcome="done"))


def test_a_clock_that_is_set_back_does_not_hide_the_latest_rollout(tmp_path, monkeypatch):
    moments = iter(["20261025-025900", "20261025-020100", "20261025-020100", "20261025-025901"])
    monkeypatch.setattr("wizard.rollout.process.time.strftime", lambda form: next(moments))
    names = [new_run(tmp_path, {}, b"").name for _ in range(4)]
    assert names == sorted(set(names))
    assert json.loads((tmp_path / "rollouts" / names[0] / "request.json").read_text()) == {}
    assert (tmp_path / "rollouts" / names[0] / SPEC).read_bytes() == b""


def test_the_figures_of_drills_are_in_the_report(run_dir):
    assert "Drills" not in report(run_dir)
    note(run_dir.parent.parent, Drill(1.0, "lb-1", "lb-2", {"6443": 1.254, "443": 1.3}, 400))
    assert "| lb-1 | lb-2 | 6443: 1.25 s, 443: 1.30 s |" in report(run_dir)


def test_what_it_took_is_told_beside_what_was_predicted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from screens.glyphs import UNICODE
    from screens.widgets import headline
    from wizard.cli.showing import Lines, status_lines, status_record

    rolling = ev.StageOutline(
        key="more", title="More", noun="agents", batches=(("w-3", "w-4", "w-5"),), steps=STEPS, at_once=2, rolling=True
    )
    begun = ev.RolloutStarted(at=1000.0, cluster="prod", run="r", digest="d", stages=(STAGE, rolling))
    story = (
        begun,
        ev.StageStarted(at=1000.0, stage="agents"),
        ev.StageEnded(at=1090.0, stage="agents"),
        ev.RolloutEnded(at=1200.0, outcome="done", said="all done"),
    )
    folder, lines, progress = new_run(tmp_path / "prod", {}, b"name: prod\n"), Lines(output=False), Progress()
    for seq, event in enumerate(story):
        with (folder / JOURNAL).open("a") as journal:
            journal.write(ev.to_line(event, seq) + "\n")
        lines.show(event)
        progress.apply(event)
    # A batch of two in 75 s, then three in a window of two: 150 s.
    assert "3m 20s; 3m 45s were predicted" in report(folder)
    assert "| Agents | 2 | 1 | 1m 30s | 1m 15s |" in report(folder)
    assert "took 3m 20s, 3m 45s were predicted" in capsys.readouterr().out
    assert "took 3m 20s, 3m 45s were predicted" in list(status_lines(progress))
    record = status_record(progress)
    assert (record["took_s"], record["predicted_s"]) == (200.0, 225.0)
    spans = headline.bar(progress, 80, UNICODE, now=1200.0, remaining_s=0.0, lost=False)
    assert "took 3m 20s of 3m 45s predicted" in "".join(text for text, _ in spans)
