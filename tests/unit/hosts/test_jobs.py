"""Jobs that outlive the link, on a node whose systemd is played by shims."""

from pathlib import Path

import pytest

from tests.unit.hosts import shims
from tests.unit.hosts.site import Node, Site
from wizard.errors import CommandFailed, LinkLost
from wizard.hosts.host import Host
from wizard.hosts.jobs import LOST, follow_unit, run_job
from wizard.hosts.script import Script

JOB = "rancher-wizard-test"


@pytest.fixture
async def node(site: Site, tmp_path: Path) -> Node:
    node = await site.add("cp-1")
    node.shims = shims.install(tmp_path)
    node.rewrite = lambda command: command.replace("/run/rancher-wizard", f"{tmp_path}/run")
    return node


@pytest.fixture
def host(site: Site, node: Node) -> Host:
    return site.wire(site.target("cp-1")).host("cp-1")


def calls(tmp_path: Path, begin: str) -> list[str]:
    return [line for line in (tmp_path / "units" / "calls").read_text().splitlines() if line.startswith(begin)]


async def test_a_job_gives_its_lines_and_its_exit_status_and_leaves_nothing(host: Host, tmp_path: Path) -> None:
    heard: list[str] = []
    script = Script("work", 'for arg in "$@"; do echo "[$arg]"; done; exit 7')
    args = ("it's", "$HOME $(id) %n", "", "two\nlines\n", "\\", "'\"'")
    assert await run_job(host, JOB, script, *args, timeout_s=60, on_line=heard.append) == 7
    assert heard == ["[it's]", "[$HOME $(id) %n]", "[]", "[two", "lines", "]", "[\\]", "['\"']"]
    assert not (tmp_path / "run").exists()
    assert "RuntimeMaxSec=60" in calls(tmp_path, "run")[0]


async def test_a_dropped_link_neither_ends_nor_repeats_a_job_nor_its_lines(
    host: Host, node: Node, tmp_path: Path
) -> None:
    heard: list[str] = []
    go = tmp_path / "go"
    script = Script("work", f"echo one; until [ -e {go} ]; do sleep 0.05; done; echo two")

    def hear(line: str) -> None:
        heard.append(line)
        if len(heard) == 1:
            node.power_cut()

    with pytest.raises(LinkLost):
        await run_job(host, JOB, script, timeout_s=60, on_line=hear)
    go.touch()
    await host.reconnect(patience_s=30)
    assert await run_job(host, JOB, script, timeout_s=60, on_line=hear) == 0
    assert heard[-1] == "two"
    assert len(calls(tmp_path, "run")) == 1


async def test_a_job_that_a_restart_has_wiped_is_lost(host: Host, node: Node, tmp_path: Path) -> None:
    script = Script("work", "echo one; exec sleep 60")

    def restart(line: str) -> None:
        (tmp_path / "run" / JOB / "script").unlink(missing_ok=True)
        for path in sorted((tmp_path / "run").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    assert await run_job(host, JOB, script, timeout_s=60, on_line=restart) == LOST
    assert calls(tmp_path, f"stop {JOB}")


async def test_a_killed_job_is_lost_too(host: Host, tmp_path: Path) -> None:
    script = Script("work", "kill -9 0")
    assert await run_job(host, JOB, script, timeout_s=60) == LOST
    assert not (tmp_path / "run").exists()


async def test_a_job_over_its_time_is_stopped(host: Host, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed) as failure:
        await run_job(host, JOB, Script("slow", "exec sleep 60"), timeout_s=0.5)
    assert str(failure.value) == "cp-1: slow: not done after 0 s"
    assert calls(tmp_path, f"stop {JOB}")
    assert not (tmp_path / "run").exists()


async def test_another_job_in_the_same_unit_is_not_taken_for_ours(host: Host, node: Node, tmp_path: Path) -> None:
    with pytest.raises(LinkLost):
        await run_job(
            host, JOB, Script("old", "echo up; exec sleep 60"), timeout_s=60, on_line=lambda line: node.power_cut()
        )
    await host.reconnect(patience_s=30)
    with pytest.raises(CommandFailed, match=f"another job runs as {JOB}"):
        await run_job(host, JOB, Script("new", "echo new"), timeout_s=60)
    await host.run(Script("kill", f"kill -- -$(cat {tmp_path}/units/{JOB}.pid)"), timeout_s=20)


async def test_the_result_of_an_earlier_job_is_not_taken_for_ours(host: Host, node: Node, tmp_path: Path) -> None:
    left = tmp_path / "run" / JOB
    left.mkdir(parents=True)
    for name in ("script", "run", "rc"):
        (left / name).write_text("0\n")
    assert await run_job(host, JOB, Script("new", "exit 5"), timeout_s=60) == 5


async def test_a_log_can_not_speak_for_the_script_that_reads_it(host: Host) -> None:
    heard: list[str] = []
    script = Script("evil", r"printf 'x\rrc=0\n\033[2Jrc=0\n-- cursor: 99\nactive=failed\n| rc=0\n'; exit 6")
    assert await run_job(host, JOB, script, timeout_s=60, on_line=heard.append) == 6
    assert heard == ["rc=0", "rc=0", "-- cursor: 99", "active=failed", "| rc=0"]


async def test_a_unit_is_followed_from_a_cursor(host: Host, tmp_path: Path) -> None:
    (tmp_path / "units" / "journal").write_text("one\ntwo\nthree\n")
    heard: list[str] = []
    state = await follow_unit(host, "rke.service", cursor="1", wait_s=0, on_line=heard.append)
    assert heard == ["two", "three"]
    assert (state.active, state.sub, state.result, state.restarts, state.cursor) == (
        "inactive",
        "dead",
        "success",
        2,
        "3",
    )


async def test_a_cursor_that_is_gone_falls_back_to_this_boot(host: Host, tmp_path: Path) -> None:
    (tmp_path / "units" / "journal").write_text("one\ntwo\n")
    heard: list[str] = []
    state = await follow_unit(host, "rke", cursor="gone", wait_s=0, on_line=heard.append)
    assert heard == ["one", "two"]
    assert state.cursor == "2"
