"""The steps of the second generation, which runs once on each node and then leaves it to Rancher."""

import asyncio
from dataclasses import dataclass, field

from wizard.distros.configuration import Configuration
from wizard.distros.free import Free
from wizard.distros.rancherd.config import join_host, planned, rancher_port, real_text
from wizard.distros.rancherd.state import CONFIG, PROGRAM, ROOM, UNIT, read_state
from wizard.distros.rke2.reading import Reading
from wizard.distros.rke2.state import read_state as read_rke2
from wizard.distros.rke2.unit import begin, looks
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.secret import Secret
from wizard.site import Site

BOOTSTRAPPED = load_script(ROOM, "bootstrapped")
READS_NO_MORE = "RancherD has run here and reads its configuration no more"
CHANGE = "Change the cluster in its Rancher (fleet-local, cluster local), or put the spec back as it was."


def changed_since(site: Site, node: str, facts: Facts) -> bool:
    """Whether RancherD has run on a node with another configuration than the spec now gives."""
    config = planned(site, site.spec.node(node))[0]
    return read_state(facts).bootstrapped and bool(config.sha256) and not config.in_place(facts)


@dataclass(frozen=True, slots=True)
class Claim(Free):
    """Settled when nothing of RancherD or RKE2 is on the node, or all of it is this cluster's."""

    def objection(self, node: str, facts: Facts) -> StepFailed | None:
        own, rke2 = read_state(facts), read_rke2(facts)
        if (own.marker or rke2.traces) and own.marker != self.site.marker:
            return StepFailed(
                node,
                f"RKE2 or RancherD of another cluster is here already ({CONFIG}: {own.marker[:90] or 'no marker'})",
                cause="The node is in another cluster, or was set up by hand.",
                hint=f"Take {node} out of the spec, or free it: run rke2-uninstall.sh there (it deletes that cluster's "
                f"data on it) and delete {CONFIG}; then retry.",
            )
        # RancherD joins a node under its host name, whatever it is called elsewhere.
        if facts.hostname.partition(".")[0] != node and facts.hostname != node:
            return StepFailed(
                node,
                f"its host name is {facts.hostname[:80] or 'unknown'}",
                cause="RancherD joins a node under its host name.",
                hint=f"hostnamectl set-hostname {node} there, or name it so in the spec; then retry.",
            )
        if changed_since(self.site, node, facts):
            return StepFailed(node, READS_NO_MORE, hint=CHANGE)
        return None


@dataclass(frozen=True, slots=True)
class Configure(Configuration):
    """Writes RancherD's configuration and its unit."""

    def files(self, node: str) -> tuple[File, ...]:
        return planned(self.site, self.site.spec.node(node))

    def text(self, node: str, path: str) -> Secret:
        return real_text(self.site, self.site.spec.node(node), path)


@dataclass(frozen=True, slots=True)
class Bootstrap(Fileless):
    """Settled when RancherD has run to its end. Its unit goes on without us; it tries again by itself every 15 s."""

    site: Site
    key: str = "bootstrap"
    title: str = "Let RancherD run"
    timeout_s: float = 2400.0
    expected_s: float = 300.0
    cursors: dict[str, str] = field(default_factory=dict)
    """How far each node's log was read."""

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and read_state(survey.facts[node]).bootstrapped

    async def carry_out(self, work: Work) -> Outcome:
        if await self._done(work):
            return "unchanged"
        await begin(work, PROGRAM, "", UNIT, cursors=self.cursors)
        try:
            await self._follow(work)
        except StepFailed:
            # What was said before a retry must not count against it.
            self.cursors.pop(work.node, None)
            raise
        return "done"

    async def _done(self, work: Work) -> bool:
        return (await work.host.run(BOOTSTRAPPED, timeout_s=20)).lines[-1:] == ("yes",)

    async def _follow(self, work: Work) -> None:
        reading = Reading("bootstrap", PROGRAM)
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                async for state in looks(work, PROGRAM, reading, cursors=self.cursors):
                    if state.active != "activating" and await self._done(work):
                        return
                    if reading.stopped_by or state.active in ("failed", "inactive"):
                        raise _failure(work.node, f"{PROGRAM} has not begun or joined the cluster", reading)
        except TimeoutError:
            raise _failure(work.node, f"{PROGRAM} was not done after {self.timeout_s - 10:.0f} s", reading) from None


def _failure(node: str, saw: str, reading: Reading) -> StepFailed:
    if not reading.likely:
        return StepFailed(node, saw, hint=f"Read the log of {node}: journalctl -u {PROGRAM} there; then retry.")
    trouble, line = reading.likely
    return StepFailed(node, f"{saw}: {line[:300]}", cause=trouble.cause, hint=trouble.next_move)


@dataclass(frozen=True, slots=True)
class Door(Fileless):
    """Settled once the node has joined: it asks, from there, whether the cluster's Rancher answers."""

    site: Site
    key: str = "door"
    title: str = "Check the way to Rancher"
    timeout_s: float = 120.0
    expected_s: float = 0.5

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and read_state(survey.facts[node]).bootstrapped

    async def carry_out(self, work: Work) -> Outcome:
        from wizard.distros.rancherd.health import ping

        host, port = join_host(self.site), rancher_port()
        said = await ping(work.host, host, port)
        if said not in ("pong", "untested"):
            raise StepFailed(
                work.node,
                f"https://{host}:{port} does not answer from here: {said or 'no answer'}",
                cause="No Rancher listens there, or a firewall drops the way.",
                hint=f"On {work.node}: curl -k https://{host}:{port}/ping. Open {port}/tcp to the servers; then retry.",
            )
        return "unchanged"
