"""The pair of a site as keepalived needs it: each machine's place in the network of the virtual IP."""

import secrets
import string
from dataclasses import dataclass

from wizard.balancers.keepalived.config import PASSWORD_LENGTH, Peer, Vip, text
from wizard.balancers.keepalived.scripts import CHECK_TEXT
from wizard.balancers.keepalived.state import KeepalivedState, Link, link_towards, read_state
from wizard.errors import StepFailed
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.balancer import BalancerNode
from wizard.spec.models import Node

PASSWORD = "vrrp-password"  # noqa: S105 - the name of a secret, not one


def new_password() -> Secret:
    """Return a random password as long as VRRP's may be; it travels in the clear and only keeps mistakes apart."""
    letters = string.ascii_letters + string.digits
    return Secret("".join(secrets.choice(letters) for _ in range(PASSWORD_LENGTH)))


@dataclass(frozen=True, slots=True)
class Pair:
    """The machines that share the virtual IP of `site`, in the order of the spec."""

    site: Site
    machines: tuple[BalancerNode, ...] | tuple[Node, ...]

    @property
    def vip(self) -> str:
        """The virtual IP."""
        return (self.site.spec.balancer and self.site.spec.balancer.vip) or ""

    @property
    def router_id(self) -> int:
        """The number that its VRRP goes by; 0 for kube-vip, which has no use for it."""
        front = self.site.spec.balancer
        return front.router_id if front and front.kind == "haproxy" else 0

    def others(self, name: str) -> tuple[str, ...]:
        """Return the names of the other machines."""
        return tuple(machine.name for machine in self.machines if machine.name != name)

    def state(self, name: str) -> KeepalivedState | None:
        """Return what the latest look at a machine told; None when it was not looked at."""
        facts = self.site.survey.facts.get(name)
        return read_state(facts) if facts else None

    def link(self, name: str) -> Link | None:
        """Return the link of a machine into the virtual IP's network; None as long as none is known."""
        state = self.state(name)
        wanted = self.site.spec.balancer.interface if self.site.spec.balancer else None
        links = [link for link in state.links if wanted in (None, link.device)] if state else []
        return link_towards(links, self.vip)

    def text(self, name: str, *, password: str) -> str | None:
        """Return keepalived.conf of a machine; None as long as a machine's place in the network is not known."""
        links = {machine.name: self.link(machine.name) for machine in self.machines}
        own = links[name]
        if own is None:
            return None
        peers = []
        for machine in self.machines:
            link = links[machine.name]
            # A peer that can't be reached now is found at the address that the spec gives.
            address = machine.internal_address or (link.address if link else machine.address)
            peers.append(Peer(machine.name, address, own.device))
        mine = next(peer for peer in peers if peer.name == name)
        vip = Vip(self.vip, own.prefix, self.router_id)
        return text(self.first_line, vip, mine, tuple(peers), password=password)

    def configured(self, survey: Survey) -> bool:
        """True when a machine of the pair has this cluster's keepalived.conf already."""
        found = [survey.facts.get(machine.name) for machine in self.machines]
        return any(facts and read_state(facts).marker == self.first_line for facts in found)

    @property
    def first_line(self) -> str:
        """The first line of keepalived.conf: whose it is, and of which cluster."""
        return self.site.marker

    @property
    def check_text(self) -> str:
        """The text of the script that keepalived asks haproxy by."""
        port = self.site.spec.balancer.stats.port if self.site.spec.balancer else 0
        here = "::1" if ":" in self.vip else "127.0.0.1"
        return CHECK_TEXT.replace("/HERE/PORT", f"/{here}/{port}")

    def missing_link(self, name: str) -> StepFailed:
        """Return why a machine can't carry the virtual IP."""
        state = self.state(name)
        found = ", ".join(f"{link.device} {link.address}/{link.prefix}" for link in state.links) if state else "nothing"
        return StepFailed(
            name,
            f"no interface is in the network of {self.vip}: it has {found or 'no address'}",
            cause="A virtual IP moves between machines within one network only.",
            hint="Set balancer.vip to a free address of their network, or balancer.interface to the right one.",
        )
