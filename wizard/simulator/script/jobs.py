"""Long work as a transient unit on a simulated node, and what its followers hear."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wizard.simulator.call import Call, Handler
from wizard.simulator.node import Job, Node, Unit

BUSY = ("active", "activating", "deactivating", "reloading")
LOOK_S = 1  # between two looks of the follow script
LOOK_AT_LEAST_S = 0.02  # real: at high speed a packet for every line would cost more than the line
LAST_LINES = 200
NO_UNIT = Unit()


async def start_job(call: Call, *, answer: Handler) -> int:
    """start_job UNIT LIMIT_S NAME TEXT [ARG...]."""
    node, name = call.node, call.arg(0)
    wanted = (call.arg(2), *call.args[3:])
    unit, job = node.unit(name), node.jobs.get(name)
    same = job is not None and job.wanted == wanted
    if unit and unit.active in BUSY:
        did = "there" if same else "busy"
    else:
        did = "there" if job and same and job.exit_status is not None else "started"
    if did == "started":
        job = node.jobs[name] = Job(wanted, node.journal.cursor)
        unit = node.units[name] = Unit("active", "running", started_s=call.site.clock.now())
        unit.work = asyncio.create_task(_work(_inside(call, name), job, unit=name, answer=answer))
    call.say(did)
    if job:
        call.say(f"cursor={job.cursor}")
    return 0


def _inside(call: Call, unit: str) -> Call:
    """The job's script as a call of its own, which speaks to the journal."""

    def log(line: str) -> None:
        call.node.journal.write(unit, line)

    async def nothing() -> bytes:
        return b""

    return replace(call, name=call.arg(2), text=call.arg(3), args=call.args[4:], say=log, complain=log, read=nothing)


async def _work(call: Call, job: Job, *, unit: str, answer: Handler) -> None:
    job.exit_status = await answer(call)
    # A transient unit that is collected is gone as soon as it has ended.
    call.node.units.pop(unit, None)
    call.node.journal.stir()


async def follow(call: Call) -> int:
    """follow UNIT CURSOR WAIT_S [WHILE]."""
    node, name, wait_s = call.node, call.arg(0), float(call.arg(2))
    reader = _Reader(node, name, call.arg(1))
    loop = asyncio.get_running_loop()
    end, first = loop.time() + wait_s, _state(node, name)
    while True:
        _tell(call, reader)
        left = end - loop.time()
        if (
            (call.arg(3) and _state(node, name)[0] != f"active={call.arg(3)}")
            or _state(node, name) != first
            or _ended(node, name)
            or left <= 0
        ):
            break
        if await node.journal.wait(left):
            await asyncio.sleep(min(left, max(LOOK_AT_LEAST_S, call.site.clock.real(LOOK_S))))
    _tell(call, reader)
    for line in (f"cursor={reader.cursor}", *_state(node, name), *_of_job(node, name)):
        call.say(line)
    return 0


@dataclass(slots=True)
class _Reader:
    """Reads a unit's lines once each."""

    node: Node
    unit: str
    cursor: str

    def read(self) -> list[str]:
        lines = self.node.journal.after(self.cursor, self.unit)
        if not self.node.journal.knows(self.cursor):
            lines = lines[-LAST_LINES:]
        if lines:
            self.cursor = self.node.journal.cursor
            if job := self.node.jobs.get(self.unit):
                job.cursor = self.cursor
        return lines


def _tell(call: Call, reader: _Reader) -> None:
    if lines := reader.read():
        call.say("\n".join(f"| {line}" for line in lines))


def _ended(node: Node, name: str) -> bool:
    job = node.jobs.get(name)
    return job is not None and job.exit_status is not None


def _state(node: Node, name: str) -> tuple[str, ...]:
    unit = node.unit(name) or NO_UNIT
    return (
        f"active={unit.active}",
        f"sub={unit.sub}",
        f"result={unit.result}",
        f"restarts={unit.restarts}",
        f"main_status={unit.main_status}",
    )


def _of_job(node: Node, name: str) -> Iterator[str]:
    if job := node.jobs.get(name):
        yield "job=there"
        if job.exit_status is not None:
            yield f"rc={job.exit_status}"


async def end_job(call: Call) -> int:
    """end_job UNIT."""
    name = call.arg(0)
    if call.node.jobs.pop(name, None):
        unit = call.node.units.pop(name, None)
        if unit and unit.work:
            unit.work.cancel()
    return 0


def handlers(answer: Handler) -> Mapping[str, Handler]:
    """Return the answers of this family; `answer` is that to a job's own script."""

    async def start(call: Call) -> int:
        return await start_job(call, answer=answer)

    return {"start_job": start, "follow": follow, "end_job": end_job}
