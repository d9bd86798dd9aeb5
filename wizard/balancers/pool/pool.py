"""The steps that take a node out of the balancers' pools and bring it back; for whatever restarts or removes one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.balancers.haproxy.render import DRAINED, SOCKET
from wizard.balancers.kept import joined_script
from wizard.errors import HostError, StepFailed
from wizard.rollout.plan import Stage
from wizard.rollout.step import Fileless, Outcome, Step, Survey, Work
from wizard.site import Site
from wizard.spec.models import Spec

POOL = joined_script(Path(__file__).parent, "pool", "drained")
GRACE_S = 10
"""Requests under way have so long; watches of the API never end by themselves and are opened anew elsewhere."""
UP_S = 60
"""A sound server is UP after two checks."""
WATCHED = ("be_kube_api", "be_rke2_join")
"""A server that is not UP in these after its restart is not well; an ingress may come up later than it."""


@dataclass(frozen=True, slots=True)
class LeavePool(Fileless):
    """Settled where `then`, the step that it is for, has nothing to do."""

    site: Site
    then: Step
    key: str = "leave-pool"
    title: str = "Leave the balancers' pool"
    timeout_s: float = 120.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        return self.then.settled(node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        said = await _everywhere(self.site, work, "leave", GRACE_S)
        for machine, line in said:
            key, _, value = line.partition("=")
            backend, _, cut = value.partition(" ")
            if key == "left":
                work.said(f"{machine}: {backend} sends nothing new here" + (f"; {cut} cut" if cut != "0" else ""))
            elif key == "alone":
                work.said(f"{machine}: {backend} has no other server that is up, so this one stays in it")
        return "done" if any(line.startswith("left=") for _, line in said) else "unchanged"


@dataclass(frozen=True, slots=True)
class EnterPool(Fileless):
    """Settled where `after`, the step that proves the node well, was; a node that is in the pool stays in it."""

    site: Site
    after: Step
    key: str = "enter-pool"
    title: str = "Enter the balancers' pool"
    timeout_s: float = 180.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        return self.after.settled(node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        said = await _everywhere(self.site, work, "enter", UP_S)
        for machine, line in said:
            key, _, value = line.partition("=")
            backend, _, status = value.partition(" ")
            if key == "down" and backend in WATCHED:
                raise StepFailed(
                    work.node,
                    f"{machine} does not find it well: {backend} is {status or 'not known'} after {UP_S} s",
                    cause="The way from the balancer to this node is closed, or the service does not answer there.",
                    hint=f"On {machine}: curl -k https://{work.node}:6443/readyz (401 is well). Open 6443/tcp and "
                    "9345/tcp from the balancers; then retry.",
                )
            if key in ("down", "entered"):
                work.said(f"{machine}: {backend} {'sends here again' if key == 'entered' else f'is {status} yet'}")
        return "done" if any(line.startswith("entered=") for _, line in said) else "unchanged"


async def _everywhere(site: Site, work: Work, verb: str, seconds: int) -> list[tuple[str, str]]:
    """Ask each balancer in turn; return (machine, line). One of a pair may be away, not all of them."""
    said: list[tuple[str, str]] = []
    lost: list[HostError] = []
    for machine in site.spec.front:
        try:
            result = await work.at(machine.name).run(
                POOL, verb, SOCKET, DRAINED, work.node, str(seconds), *WATCHED, timeout_s=seconds + 30
            )
        except HostError as error:
            lost.append(error)
            work.said(f"{error.message}: the pool is left as it is there")
            continue
        said += [(machine.name, line) for line in result.lines]
    if lost and len(lost) == len(site.spec.front):
        raise lost[0]
    return said


def pooled(site: Site, steps: Iterable[Step], *, restarts: str, proves: str) -> tuple[Step, ...]:
    """Return `steps` with the node out of the pools from before the one called `restarts` until after `proves`."""
    found: list[Step] = []
    for step in steps:
        if step.key == restarts:
            found.append(LeavePool(site, step))
        found.append(step)
        if step.key == proves:
            found.append(EnterPool(site, step))
    return tuple(found)


def around(site: Site, stage: Stage) -> Stage:
    """Return a stage with each of its nodes out of HAProxy's pools while it restarts; one of other nodes as it is."""
    if stage.noun not in _in_pools(site.spec):
        return stage
    # One that is handed over restarts when it is its turn there.
    restarts = "handover" if any(step.key == "handover" for step in stage.steps) else "start"
    return replace(stage, steps=pooled(site, stage.steps, restarts=restarts, proves="ready"))


def _in_pools(spec: Spec) -> tuple[str, ...]:
    """Return which nodes HAProxy sends anything to: servers, and agents where users are sent to those."""
    front = spec.balancer
    if front is None or front.kind != "haproxy":
        return ()
    users = front.mode == "http" or spec.ingress != "none"
    return ("servers", "agents") if users and spec.agents else ("servers",)
