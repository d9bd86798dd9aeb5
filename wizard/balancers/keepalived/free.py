"""The step that proves the virtual IP and the router id unused, before anything answers by them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wizard.balancers.keepalived.pair import Pair
from wizard.balancers.keepalived.scripts import FREE, LISTENERS
from wizard.errors import StepFailed
from wizard.rollout.step import Fileless, Outcome, Survey, Work

LISTEN_S = 4
"""Masters speak once a second unless told otherwise (RFC 5798); three missed ones make a backup take over."""


@dataclass(frozen=True, slots=True)
class ProveFree(Fileless):
    """Settled where the address is `ours` already, by what the machines were found to have."""

    pair: Pair
    ours: Callable[[Survey], bool]
    key: str = "vip-free"
    title: str = "Prove virtual IP and router id unused"
    timeout_s: float = 60.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self.ours(survey)

    async def carry_out(self, work: Work) -> Outcome:
        if self.ours(self.pair.site.survey):
            return "unchanged"
        self._refuse_clouds(work.node)
        link = self.pair.link(work.node)
        if link is None:
            raise self.pair.missing_link(work.node)
        listen_s = LISTEN_S if self.pair.router_id else 0
        args = (self.pair.vip, link.device, str(listen_s), *LISTENERS)
        result = await work.host.run(FREE, *args, timeout_s=50)
        lines = [line.partition("=") for line in result.lines]
        said = {key: value for key, _, value in lines}
        if said.get("program") == "none" and listen_s:
            work.said("VRRP of others was not listened for: neither Python nor Perl is on this machine")
        self._judge_address(work.node, said)
        for source, router_id in _heard(value for key, _, value in lines if key == "heard"):
            work.said(f"VRRP of router id {router_id} comes from {source}")
            self._judge_router(work.node, source, router_id)
        return "unchanged"

    def _refuse_clouds(self, node: str) -> None:
        state = self.pair.state(node)
        if state and state.cloud:
            raise StepFailed(
                node,
                f"it is a machine of {state.cloud}, where no address moves by ARP or VRRP",
                cause="Such a network sends packets by its own tables, which say nothing of a virtual IP.",
                hint="Take the cloud's own balancer, balancer.kind: external; rancher-wizard handoff writes its sheet.",
            )

    def _judge_address(self, node: str, said: dict[str, str]) -> None:
        vip = self.pair.vip
        ours = {mac for machine in self.pair.machines for mac in self._macs(machine.name)}
        if said.get("here") == "yes":
            raise StepFailed(
                node,
                f"{vip} is on this machine already, and not by us",
                cause="It is configured as a fixed address, or by another tool.",
                hint=f"Take {vip} out of the machine's network configuration, or name another vip; then retry.",
            )
        mac = said.get("mac", "").lower()
        if mac and mac not in ours:
            raise StepFailed(
                node,
                f"{vip} is in use: {mac} answers for it",
                cause="Another machine has this address.",
                hint="Name an address as balancer.vip that nobody has, or free this one; then retry.",
            )

    def _macs(self, name: str) -> tuple[str, ...]:
        state = self.pair.state(name)
        return state.macs if state else ()

    def _judge_router(self, node: str, source: str, router_id: int) -> None:
        if router_id != self.pair.router_id:
            return
        own = {machine.inner_address for machine in self.pair.machines}
        own |= {link.address for machine in self.pair.machines if (link := self.pair.link(machine.name))}
        if source not in own:
            raise StepFailed(
                node,
                f"VRRP router id {router_id} is in use in this network: {source} speaks by it",
                cause="Another pair of routers or balancers has the same number; both would take the other for a peer.",
                hint="Set balancer.router_id to another number from 1 to 255; then retry.",
            )


def _heard(values: Iterable[str]) -> Iterable[tuple[str, int]]:
    for value in values:
        source, router_id = (*value.split(), "", "")[:2]
        if router_id.isdecimal() and len(router_id) < 4:
            yield source, int(router_id)
