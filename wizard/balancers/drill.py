"""The drill: the active balancer is stopped on purpose, and it is measured how long clients get no answer."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.balancers.gap import Watch, longest_gap
from wizard.balancers.status import Status, look
from wizard.errors import Refused, WizardError
from wizard.files import append_record, record_lines
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.spec.models import Spec

ROOM = Path(__file__).parent
STOP = load_script(ROOM, "drill_stop")
BACK = load_script(ROOM, "drill_back")
NAME = "drills.jsonl"
PORTS = (6443, 443)
BACK_BY_ITSELF_S = 180
"""The machine starts its haproxy again by itself after so long, whatever becomes of us."""
BEFORE_S = 2.0
AT_MOST_S = 60.0
SILENT_S = 0.4
"""No answer for so long is more than a slow one."""
QUIET_S = 3.0
"""So long all ports must have answered again."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of one: who was stopped at `at` (epoch seconds), who took over, and the longest gap of each port.

    A port that did not answer before the drill is not in `gaps_s`.
    """

    at: float
    stopped: str
    took_over: str
    gaps_s: dict[str, float]
    probes: int

    def sentence(self) -> str:
        """Return this as one sentence."""
        gaps = ", ".join(f"{port} for {gap:.2f} s" for port, gap in self.gaps_s.items())
        return f"{self.stopped} stopped, {self.took_over} took over; no answer on {gaps} ({self.probes} probes)"


async def drill(spec: Spec, hosts: Callable[[str], Host], tell: Callable[[str], None]) -> Drill:
    """Stop haproxy on the active balancer of a pair, measure from here, and start it again however this ends.

    Raises Refused, with nothing touched, unless the pair is healthy to begin with; WizardError when nobody took over.
    """
    status = await look(spec, hosts)
    active = _fit(status)
    host = hosts(active)
    async with contextlib.AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(Watch(status.vip, port)) for port in PORTS]
        await asyncio.sleep(BEFORE_S)
        watches = [watch for watch in watches if watch.silence_s() < SILENT_S]
        if not any(watch.port == PORTS[0] for watch in watches):
            raise Refused(f"{status.vip}:{PORTS[0]} does not answer from here", hint="Is a server up? Then try again.")
        tell(f"stopping haproxy on {active}, which carries {status.vip}")
        at = time.time()
        try:
            await host.run(STOP, str(BACK_BY_ITSELF_S), timeout_s=60)
            await _answered_again(watches)
        finally:
            await host.run(BACK, timeout_s=60)
        tell(f"haproxy runs again on {active}")
        after = await look(spec, hosts)
    if after.active is None or after.active.name == active:
        raise WizardError(
            f"nobody took over: {status.vip} is carried by {after.active.name if after.active else 'nobody'}",
            hint="Look at both machines: journalctl -u keepalived.",
        )
    gaps = {str(watch.port): round(longest_gap(watch.answers), 3) for watch in watches}
    return Drill(at, active, after.active.name, gaps, sum(watch.asked for watch in watches))


def _fit(status: Status) -> str:
    """Return the machine to stop. Raises Refused unless another can take over."""
    problems = status.problems()
    if len(status.machines) < 2:
        problems = ("there is one balancer, and nobody to take over from it", *problems)
    if problems or status.active is None:
        raise Refused(
            "no drill, as the pair is not healthy to begin with:\n" + "\n".join(problems),
            hint="Mend that first: rancher-wizard balancer status SPEC. Nothing was touched.",
        )
    return status.active.name


async def _answered_again(watches: list[Watch]) -> None:
    """Wait until every port has answered for a while after the takeover; one may be too quick to be seen."""
    loop = asyncio.get_running_loop()
    begun = since = loop.time()
    silent = False
    while loop.time() < begun + AT_MOST_S:
        await asyncio.sleep(0.1)
        if any(watch.silence_s() > SILENT_S for watch in watches):
            since, silent = loop.time(), True
        # Two failed checks come before the address moves: silence may still be ahead.
        if loop.time() - since > (QUIET_S if silent else 3 * QUIET_S):
            return


def note(state: Path, result: Drill) -> None:
    """Append a drill to the record in `state`, fsynced. Raises WizardError when it can't be kept."""
    append_record(state / NAME, asdict(result))


def drills(state: Path) -> Iterator[Drill]:
    """Yield the record of `state`, oldest first; a line torn by a crash is left out."""
    for line in record_lines(state / NAME):
        with contextlib.suppress(ValueError, TypeError):
            record: dict[str, Any] = json.loads(line)
            yield Drill(**record)
