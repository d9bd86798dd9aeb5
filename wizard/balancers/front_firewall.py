"""The balancers' ports opened in a running firewalld or ufw, with the spec's consent; and closed again with the rest.

VRRP is no port but an IP protocol, 112: it is let in from the other machines of a pair alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.balancers.kept import ROOM, kept_script
from wizard.balancers.take_away import TakeAway
from wizard.distros.prepare.firewall import OPENED, active_firewall, lets_in
from wizard.errors import StepFailed
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.address import as_ip
from wizard.spec.models import Spec

NAME = "balancer-firewall"
"""What was before is kept under it on the machine."""
JOB = "rancher-wizard-balancer-firewall"
SCRIPT = kept_script(ROOM, "balancer_firewall")
VRRP = "vrrp@"


def wanted(spec: Spec, name: str) -> tuple[str, ...]:
    """Return what a machine must let in: ports as `443/tcp`, and the other machines of a pair as `vrrp@10.0.0.3`."""
    return tuple(dict.fromkeys((*ports(spec), *peers(spec, name))))


def ports(spec: Spec) -> Iterator[str]:
    """Yield the ports that users, nodes and monitoring come in by."""
    if spec.balancer:
        join = (9345,) if spec.engine == "rke2" else ()
        yield from (f"{port}/tcp" for port in (80, 443, 6443, *join, spec.balancer.stats.port))


def peers(spec: Spec, name: str) -> Iterator[str]:
    """Yield the machines that carry the virtual IP beside this one."""
    if spec.balancer and spec.balancer.vip:
        others = (machine.inner_address for machine in spec.front if machine.name != name)
        yield from (f"{VRRP}{ip}" for ip in map(as_ip, others) if ip)


@dataclass(frozen=True, slots=True)
class OpenFront(Fileless):
    """Settled where no firewall runs that can be opened, or it lets in all that belongs to the balancer."""

    site: Site
    key: str = NAME
    title: str = "Open the balancer's ports in the firewall"
    timeout_s: float = 120.0
    expected_s: float = 2.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        facts = survey.facts[node]
        opened, items = facts.lists.get("x.firewall.open", ()), wanted(self.site.spec, node)
        # ufw lets in all of an address.
        inside = (lets_in(opened, item) or item.removeprefix(VRRP) in opened for item in items)
        return active_firewall(facts) not in OPENED or all(inside)

    async def carry_out(self, work: Work) -> Outcome:
        items = wanted(self.site.spec, work.node)
        result = await work.host.run(SCRIPT, NAME, "apply", *items, timeout_s=self.timeout_s - 10, check=False)
        done = [line.removeprefix("run=") for line in result.lines if line.startswith("run=")]
        for command in done:
            work.said(command)
        if result.exit_status != 0:
            last = (result.errors or result.lines or ("it said nothing",))[-1]
            raise StepFailed(
                work.node,
                f"the firewall can not be opened: {last}",
                hint=f"Open {' '.join(items)} by hand, or set prepare.firewall: leave; then retry.",
            )
        return "done" if done else "unchanged"


def removal() -> TakeAway:
    """Return what closes again what was opened."""
    return TakeAway(NAME, "what was opened in the firewall", JOB, SCRIPT, expected_s=3.0)
