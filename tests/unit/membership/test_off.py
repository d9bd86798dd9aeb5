"""A distribution taken off a node: what is said where it is not clean afterwards."""

from typing import Any, cast

import pytest

from wizard.errors import CommandFailed, StepFailed
from wizard.hosts.host import Host
from wizard.hosts.script import own_script
from wizard.membership import off
from wizard.rollout.step import Work

SCRIPT = own_script("write_file")


async def taken_off(
    monkeypatch: pytest.MonkeyPatch, end: int | Exception, *lines: str
) -> tuple[tuple[str, ...], list[str]]:
    async def run_job(host: object, job: str, script: object, *words: str, on_line: Any, **times: float) -> int:
        for line in lines:
            on_line(line)
        if isinstance(end, Exception):
            raise end
        return end

    monkeypatch.setattr(off, "run_job", run_job)
    said: list[str] = []
    work = Work("w-1", cast(Host, None), cast(Any, None), tell=lambda percent, doing: None, said=said.append)
    return await off.take_off(work, "job", SCRIPT, timeout_s=1, next_move="Reboot w-1, then retry."), said


async def test_what_was_said_is_shown_and_its_end_returned(monkeypatch):
    last, said = await taken_off(monkeypatch, 0, *map(str, range(20)), "uninstalled", "job: Deactivated")
    assert last == ("12", "13", "14", "15", "16", "17", "18", "19", "uninstalled", "job: Deactivated")
    assert len(said) == 22


@pytest.mark.parametrize(
    ("status", "line", "hint"),
    [
        (1, "still there: /var/lib/kubelet", "Reboot w-1, then retry."),
        (3, "RKE2 is here, and not of this cluster", "A machine of another cluster is left as it is."),
    ],
)
async def test_a_node_that_is_not_clean_is_told_from_one_of_another_cluster(monkeypatch, status, line, hint):
    with pytest.raises(StepFailed) as refused:
        await taken_off(monkeypatch, status, line, "job: Failed")
    assert refused.value.what == f"it is not clean: exit status {status}: {line}"
    assert refused.value.hint == hint


async def test_a_job_that_does_not_end_is_a_step_that_failed(monkeypatch):
    with pytest.raises(StepFailed, match="took too long"):
        await taken_off(monkeypatch, CommandFailed("w-1", "took too long", exit_status=124))
