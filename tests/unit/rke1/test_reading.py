"""rke's log as the progress of nodes."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rke1.members import ADDRESSES, SERVERS, WORKERS, reading, said
from tests.unit.rke1.story import first_run, restored, rotation, upgrade
from wizard.distros.rke1.line import read_line
from wizard.distros.rke1.logfile import LogFile
from wizard.distros.rke1.reading import Reading

PHASES = ("start", "etcd", "controlplane", "worker", "addons")
FAILURES = yaml.safe_load((Path(__file__).parent / "failures.yaml").read_text())


def heard(*messages: str) -> Reading:
    found = reading()
    for message in messages:
        found.take(said(message))
    return found


def test_a_first_run_brings_every_node_through_its_phases_in_order() -> None:
    found, order = reading(), dict[str, list[str]]()
    for message in first_run():
        found.take(said(message))
        for name in (*SERVERS, *WORKERS):
            order.setdefault(name, []).extend(
                phase for phase in PHASES[:4] if found.over(name, phase) and phase not in order[name]
            )
    assert found.succeeded
    assert all(seen == list(PHASES[:4]) for seen in order.values())
    assert all(found.way(name).worked_on for name in (*SERVERS, *WORKERS))


def test_the_control_plane_of_a_node_is_over_when_its_three_services_are_healthy() -> None:
    messages = list(first_run())
    last = messages.index("[healthcheck] service [kube-scheduler] on host [10.0.0.11] is healthy")
    found = heard(*messages[:last])
    assert not found.over("cp-1", "controlplane")
    found.take(said(messages[last]))
    assert found.over("cp-1", "controlplane")
    assert not found.over("cp-2", "controlplane")


def test_lines_of_upgrades_name_nodes_by_their_names() -> None:
    messages = list(upgrade())
    turn = messages.index("[workerplane] Processing host w-3")
    found = heard(*messages[: turn + 1])
    assert found.over("w-1", "worker")
    assert (found.over("w-3", "worker"), found.way("w-3").doing) == (False, "its turn")
    assert found.over("cp-3", "worker")


def test_a_worker_that_did_not_come_back_is_not_over_though_the_others_are() -> None:
    found = reading()
    for message in list(upgrade(failed="w-2"))[:-1]:
        found.take(said(message, "error" if message.startswith("Failed") else "info"))
    assert [name for name in WORKERS if not found.over(name, "worker")] == ["w-2"]
    why = found.likely("w-2")
    assert why is not None
    assert "stay cordoned" in why[0].cause


def test_a_node_that_needed_nothing_was_not_worked_on() -> None:
    found = heard(
        "[controlplane] Processing controlplane hosts for upgrade 1 at a time",
        "Upgrade not required for controlplane and worker components of host cp-1",
        "[workerplane] Upgrade not required for worker components of host w-1",
    )
    assert found.over("cp-1", "worker")
    assert found.over("w-1", "worker")
    assert not found.way("w-1").worked_on


@pytest.mark.parametrize("etcd", [True, False])
def test_a_rotation_goes_through_the_phases_whether_etcd_is_restarted_or_not(etcd: bool) -> None:
    found, order = reading(), dict[str, list[str]]()
    for message in rotation(etcd=etcd):
        found.take(said(message))
        for name in (*SERVERS, *WORKERS):
            order.setdefault(name, []).extend(
                phase for phase in PHASES[:4] if found.over(name, phase) and phase not in order[name]
            )
    assert all(seen == list(PHASES[:4]) for seen in order.values())
    # It has no last line of its own: rke's exit says that it has ended well.
    assert not found.succeeded


def test_a_restore_wipes_all_nodes_within_the_first_phase_and_then_comes_up_as_a_first_run_does() -> None:
    found = reading()
    for message in restored():
        found.take(said(message))
    assert not any(found.over(name, phase) for name in (*SERVERS, *WORKERS) for phase in PHASES)
    assert found.way("cp-1").doing == "etcd is made from monday"
    for message in first_run():
        found.take(said(message))
    assert found.succeeded


@pytest.mark.parametrize("row", FAILURES, ids=[row["name"] for row in FAILURES])
def test_a_known_failure_names_host_cause_and_remedy(row: dict[str, str]) -> None:
    found = reading()
    found.take(said(row["line"], row.get("level", "fatal")))
    assert found.blamed() == tuple(row.get("hosts", "").split())
    for name in row.get("hosts", "").split() or [""]:
        why = found.likely(name)
        assert why is not None
        assert row["cause"] in why[0].cause
        assert why[0].next_move
        assert why[1][:60] in row["line"]


def test_there_are_at_least_twenty_known_failures() -> None:
    assert len(FAILURES) >= 20


def test_a_line_on_a_terminal_is_read_as_one_in_a_file() -> None:
    plain, coloured = read_line(said('Failed "x"', "fatal")), read_line('\x1b[31mFATA\x1b[0m[0171] Failed "x" ')
    assert plain == coloured
    assert plain.level == "fatal"


def test_a_panic_is_no_line_of_logrus_and_harms_nothing() -> None:
    found = reading()
    for raw in ("panic: runtime error: invalid memory address", "goroutine 1 [running]:", "\x00\xff", ""):
        assert found.take(raw) == ""


LINES = st.one_of(
    st.sampled_from([*first_run(), *upgrade(failed="w-2")]),
    st.sampled_from([row["line"] for row in FAILURES]),
    st.text(max_size=200),
    st.builds(
        lambda plane, name, rest: f"[{plane}] Processing host {name} [{rest}]",
        st.sampled_from(["etcd", "worker", "controlplane", "network"]),
        st.sampled_from([*ADDRESSES, *ADDRESSES.values(), "stranger"]),
        st.text(max_size=20),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(LINES, st.sampled_from(["info", "warning", "error", "fatal", ""])), max_size=60))
def test_no_order_of_lines_moves_a_node_backwards_or_crashes(lines: list[tuple[str, str]]) -> None:
    found = reading()
    before = dict.fromkeys(ADDRESSES, (0, 0, 0))
    for message, level in lines:
        found.take(said(message, level) if level else message)
        for name in ADDRESSES:
            way = found.way(name)
            now = (way.ended, way.phase, way.percent)
            assert now[0] >= before[name][0]
            assert now[1:] >= before[name][1:]
            before[name] = now


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(0, 200), max_size=6))
def test_a_log_read_in_pieces_gives_the_lines_of_the_log(parts: list[bytes], cuts: list[int]) -> None:
    import tempfile

    data = b"\n".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rke.log"
        log, got = LogFile(path), list[tuple[int, str]]()
        for cut in (*sorted(cuts), len(data)):
            path.write_bytes(data[: max(cut, path.stat().st_size if path.exists() else 0)])
            got += log.lines()
        rest = log.last()
    expected = data.split(b"\n")
    assert [line for _, line in got] == [part.decode("utf-8", "replace") for part in expected[:-1]]
    assert rest == expected[-1].decode("utf-8", "replace")
    assert all(data[end - 1 : end] == b"\n" for end, _ in got)


MEASURE = """
import resource, sys
from pathlib import Path
from tests.unit.rke1.members import reading
from wizard.distros.rke1.logfile import LogFile

path, found, log = Path(sys.argv[1]), reading(), LogFile(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
lines = 0
while True:
    batch = 0
    for _, line in log.lines():
        found.take(line)
        batch += 1
    if not batch:
        break
    lines += batch
print(lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_log_of_fifty_megabytes_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "rke.log"
    story = "".join(f"{said(message)}\n" for message in first_run()).encode()
    long = said("Container [x] is still running on host [10.0.0.11]: stdout: [" + "y" * (40 << 20)).encode()
    with path.open("wb") as file:
        file.write(long + b"\n")
        file.write(story * ((10 << 20) // len(story) + 1))
    assert path.stat().st_size >= 50 << 20
    said_there = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    lines, grown_kib = map(int, said_there.stdout.split())
    assert lines > 50_000
    assert grown_kib < 16 << 10
