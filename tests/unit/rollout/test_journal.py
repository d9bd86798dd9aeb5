import contextlib
import resource
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import WizardError
from wizard.rollout import events as ev
from wizard.rollout.journal import Journal, JournalReader, read_whole

STEP = ev.StepOutline(key="a", title="A", expected_s=1.0)
STARTED = ev.RolloutStarted(
    cluster="c",
    run="r",
    digest="d",
    stages=(ev.StageOutline(key="s", title="S", noun="servers", batches=(("n1",), ("n2", "n3")), steps=(STEP,)),),
)


def test_what_is_read_equals_what_was_written(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.write(STARTED)
    journal.write(ev.NodeOutput(node="n1", lines=("ä\u2028", '"quoted"', "")))
    started, output = read_whole(tmp_path / "j")
    assert isinstance(started, ev.RolloutStarted)
    assert started.stages == STARTED.stages
    assert output.lines == ("ä\u2028", '"quoted"', "")
    assert output.at > 0


@given(st.lists(st.text(max_size=50), max_size=5))
def test_any_text_survives_as_one_line(lines):
    event = ev.NodeOutput(node="n", lines=tuple(lines))
    text = ev.to_line(event, 0)
    assert "\n" not in text
    assert ev.from_line(text.encode("utf-8", "replace").decode()).lines == tuple(
        line.encode("utf-8", "replace").decode() for line in lines
    )


def test_a_torn_last_line_is_cut_off_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "j"
    Journal(path).write(STARTED)
    with path.open("ab") as file:
        file.write(b'{"seq":1,"kind":"StageSt')
    assert len(read_whole(path)) == 1
    Journal(path).write(ev.StageStarted(stage="s"))
    assert [type(event).__name__ for event in read_whole(path)] == ["RolloutStarted", "StageStarted"]


def test_a_journal_that_has_ended_takes_no_more(tmp_path):
    Journal(tmp_path / "j").write(ev.RolloutEnded(outcome="done", said="x"))
    with pytest.raises(WizardError):
        Journal(tmp_path / "j")


def test_a_reader_sees_only_what_is_new_and_knows_the_end(tmp_path):
    reader = JournalReader(tmp_path / "j")
    assert reader.read() == []
    journal = Journal(tmp_path / "j")
    journal.write(STARTED)
    assert len(reader.read()) == 1
    assert reader.read() == []
    journal.write(ev.RolloutEnded(outcome="done", said="x"))
    assert len(reader.read()) == 1
    assert reader.ended


def test_a_journal_is_for_its_owner_alone(tmp_path):
    Journal(tmp_path / "j")
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"kind":"StageStarted"}', "\x00"])
def test_a_line_that_is_no_record_is_refused(line):
    with pytest.raises(WizardError):
        ev.from_line(line)


def test_a_record_of_a_kind_unknown_here_is_passed_over(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.write(STARTED)
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"seq":1,"kind":"FromTheFuture","at":1}\n')
    journal.write(ev.StageStarted(stage="s"))
    assert [type(event).__name__ for event in read_whole(tmp_path / "j")] == ["RolloutStarted", "StageStarted"]


def test_a_record_longer_than_a_read_does_not_stall_the_reader(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.write(ev.NodeOutput(node="n", lines=("x" * 500,)))
    assert len(JournalReader(tmp_path / "j").read(100)) == 1


@contextlib.contextmanager
def files_of_at_most(size: int):
    """Let the kernel take no more than `size` bytes a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_a_change_of_state_is_refused_and_what_nodes_say_is_left_out(tmp_path):
    path = tmp_path / "j"
    journal = Journal(path)
    journal.write(STARTED)
    with files_of_at_most(path.stat().st_size + 20):
        journal.write(ev.NodeOutput(node="n1", lines=("lost",)))
        with pytest.raises(WizardError, match="can not be written") as refused:
            journal.write(ev.StageStarted(stage="s"))
    assert "room" in refused.value.hint
    journal.write(ev.StageStarted(stage="s"))
    assert [type(event).__name__ for event in read_whole(path)] == ["RolloutStarted", "StageStarted"]
