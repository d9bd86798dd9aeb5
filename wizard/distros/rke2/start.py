"""The step that starts RKE2's unit, or restarts it for a new configuration, and follows it until it is up."""

import asyncio
from dataclasses import dataclass, field

from wizard.distros.rke2.config import paths
from wizard.distros.rke2.reading import Reading
from wizard.distros.rke2.state import CONFIG, REGISTRIES, ROOM, read_state, units_of
from wizard.distros.rke2.unit import begin, looks
from wizard.errors import StepFailed
from wizard.hosts.jobs import UnitState
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

BINARY = load_script(ROOM, "binary")
RESTARTS = 6
"""A unit that fell over so often will not mend itself."""


@dataclass(frozen=True, slots=True)
class Start(Fileless):
    """Settled when the unit is enabled and active, and was started after its configuration was written."""

    site: Site
    key: str = "start"
    title: str = "Start RKE2"
    timeout_s: float = 1200.0
    expected_s: float = 90.0
    program: str = "rke2"
    """Whose unit it is: that of RKE2 itself, or of a program with RKE2 inside."""
    binary: bool = False
    """Whether a release that was put there since asks for a restart too, whatever the cluster lists."""
    cursors: dict[str, str] = field(default_factory=dict)
    """How far each node's log was read: a step repeated after a lost link goes on there."""

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        facts, role = survey.facts[node], self.site.spec.node(node).role
        unit = units_of(facts, self.program).get(role)
        written = max((facts.files[path].mtime_s for path in (CONFIG, REGISTRIES) if path in facts.files), default=0)
        if self._other_release(node, survey):
            return False
        return bool(unit and unit.active == "active" and unit.enabled == "enabled" and unit.started >= int(written))

    async def carry_out(self, work: Work) -> Outcome:
        node = self.site.spec.node(work.node)
        unit = f"{self.program}-{node.role}"
        found = (
            (await work.host.run(BINARY, timeout_s=30)).lines[-1:]
            if self.binary or self._other_release(work.node, self.site.survey)
            else ()
        )
        did = await begin(work, unit, *(found or ("",)), *paths(self.site, node), cursors=self.cursors)
        work.said(f"{unit}: {did}")
        try:
            await self._follow(work, unit)
        except StepFailed:
            # What was said before a retry must not count against it.
            self.cursors.pop(work.node, None)
            raise
        return "unchanged" if did == "running" else "done"

    def _other_release(self, node: str, survey: Survey) -> bool:
        """Whether the cluster lists the node with another release than it is to run: its process is then old."""
        listed = [read_state(facts).members.get(node) for facts in survey.facts.values()]
        wanted = self.site.spec.kubelet_version
        return any(member and wanted and member.version != wanted for member in listed)

    async def _follow(self, work: Work, unit: str) -> None:
        reading = Reading(unit.rpartition("-")[2])
        first: int | None = None
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                async for state in looks(work, unit, reading, cursors=self.cursors):
                    if state.active == "active":
                        return
                    first = state.restarts if first is None else first
                    self._judge(work.node, unit, state, reading, restarts=state.restarts - first)
        except TimeoutError:
            raise _failure(work.node, f"{unit} was not up after {self.timeout_s - 10:.0f} s", reading) from None

    def _judge(self, node: str, unit: str, state: UnitState, reading: Reading, *, restarts: int) -> None:
        if reading.stopped_by:
            raise _failure(node, f"{unit} does not come up", reading)
        if state.active in ("failed", "inactive"):
            raise _failure(node, f"{unit} is {state.active} ({state.result})", reading)
        if restarts >= RESTARTS:
            raise _failure(node, f"{unit} fell over {restarts} times", reading)


def _failure(node: str, saw: str, reading: Reading) -> StepFailed:
    found = reading.likely
    if not found:
        return StepFailed(node, saw, hint=f"Read the log of {node}: journalctl -u 'rke2-*' there; then retry.")
    trouble, line = found
    return StepFailed(node, f"{saw}: {_message(line)}", cause=trouble.cause, hint=trouble.next_move)


def _message(line: str) -> str:
    """The words of a logrus line."""
    _, found, rest = line.partition('msg="')
    return (rest.rstrip('"') if found else line)[:300]
