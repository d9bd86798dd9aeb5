"""Long work as a transient systemd unit on the host: a dropped link kills nothing, and is followed up by a cursor."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from wizard.errors import CommandFailed
from wizard.hosts.runner import Runner
from wizard.hosts.script import Script, own_script

START = own_script("start_job")
FOLLOW = own_script("follow")
END = own_script("end_job")

LOST = -1
"""The exit status of a job that ended without one: the host restarted, or the job was killed. Look, and run again."""
LOOK_S = 20.0
GRACE_S = 60.0
"""What a look may take beyond its wait: journals of gigabytes are slow to search."""
TIMED_OUT = 124


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit as systemd sees it, in systemd's words, and how far its journal has been read."""

    active: str
    sub: str
    result: str
    restarts: int
    cursor: str
    main_status: int


@dataclass(frozen=True, slots=True)
class _Look:
    unit: UnitState
    there: bool
    exit_status: int | None


class Follower(Runner, Protocol):
    """What a host does for jobs: it keeps how far each unit's log was read."""

    cursors: dict[str, str]


async def run_job(
    host: Follower,
    unit: str,
    script: Script,
    *args: str,
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
) -> int:
    """Run a script as the unit `unit` and return its exit status, LOST when it ended without one.

    A job that is already there is followed, not started again: after LinkLost call it once more. After `timeout_s`
    seconds the host itself ends the job, whatever became of us. Raises CommandFailed when the time is over or
    another job holds the unit, and what Host.run raises.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    begun = await host.run(START, unit, f"{timeout_s:.0f}", script.name, script.text, *args, timeout_s=GRACE_S)
    if "busy" in begun.lines:
        raise CommandFailed(
            host.name, f"another job runs as {unit}", exit_status=1, hint=f"Wait for it, or `systemctl stop {unit}`."
        )
    kept = host.cursors.get(unit) if "there" in begun.lines else None
    cursor = kept or _keys(begun.lines).get("cursor", "")
    while True:
        look = await _look(host, unit, cursor=cursor, wait_s=min(LOOK_S, max(0.0, end - loop.time())), on_line=on_line)
        cursor = host.cursors[unit] = look.unit.cursor
        status = _verdict(look)
        if status is not None or loop.time() >= end:
            await host.run(END, unit, timeout_s=GRACE_S)
            host.cursors.pop(unit, None)
            if status is None:
                raise CommandFailed(
                    host.name, f"{script.name}: not done after {timeout_s:.0f} s", exit_status=TIMED_OUT
                )
            return status


async def job_there(host: Follower, unit: str) -> bool:
    """Return whether a job runs as `unit`, or has ended and was not read yet: run_job goes on with it.

    Raises what Host.run raises.
    """
    return (await _look(host, unit, cursor="", wait_s=0, on_line=None)).there


async def follow_unit(
    host: Follower,
    unit: str,
    *,
    cursor: str,
    wait_s: float,
    while_active: str = "",
    on_line: Callable[[str], None] | None = None,
) -> UnitState:
    """Hand on what a unit logs after `cursor` ("" for this boot's last lines) and return its state.

    Returns at the first change of state, at once when it is not in the active state `while_active` (if given), else
    after `wait_s` seconds; 0 takes one look. Raises what Host.run raises.
    """
    look = await _look(host, unit, cursor=cursor, wait_s=wait_s, while_active=while_active, on_line=on_line)
    return look.unit


async def _look(
    host: Follower,
    unit: str,
    *,
    cursor: str,
    wait_s: float,
    while_active: str = "",
    on_line: Callable[[str], None] | None,
) -> _Look:
    def heard(line: str) -> None:
        if on_line and line.startswith("| "):
            on_line(line[2:])

    wait = str(math.ceil(wait_s))
    name = unit.removesuffix(".service")
    result = await host.run(FOLLOW, name, cursor, wait, while_active, timeout_s=wait_s + GRACE_S, on_line=heard)
    keys = _keys(result.lines[-20:])
    state = UnitState(
        active=keys.get("active", ""),
        sub=keys.get("sub", ""),
        result=keys.get("result", ""),
        restarts=_number(keys.get("restarts", "")) or 0,
        cursor=keys.get("cursor") or cursor,
        main_status=_number(keys.get("main_status", "")) or 0,
    )
    return _Look(state, there="job" in keys, exit_status=_number(keys.get("rc", "")))


def _verdict(look: _Look) -> int | None:
    """Return how the job ended, None while it runs."""
    if look.exit_status is not None:
        return look.exit_status
    # The status is written before the unit ends, so a unit that has ended without one was killed.
    gone = not look.there or look.unit.active in ("inactive", "failed")
    return LOST if gone else None


def _keys(lines: Iterable[str]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("| "))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
