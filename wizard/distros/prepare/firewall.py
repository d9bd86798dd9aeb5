"""The ports of a node opened in a running firewalld or ufw; only with the spec's consent."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.rollout.step import File, Outcome, Survey, Work

ROOM = Path(__file__).parent
OPEN_FIREWALL = load_script(ROOM, "open_firewall")
PROBE = load_script(ROOM, "probe_firewall")


def active_firewall(facts: Facts) -> str:
    """Return the name of the firewall that runs on the node, or ""."""
    return next(iter(facts.lists.get("x.firewall.active", ())), "")


@dataclass(frozen=True, slots=True)
class OpenFirewall:
    """Settled where no firewall runs, or has every port open and trusts the pod and service networks."""

    ports: Callable[[str], tuple[str, ...]]
    """The ports of a node, by its name, each as `6443/tcp` or `30000-32767/tcp`."""
    networks: tuple[str, ...]
    key: str = "firewall"
    title: str = "Open ports in the firewall"
    timeout_s: float = 120.0
    expected_s: float = 2.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        facts = survey.facts[node]
        wanted = {*self.ports(node), *self.networks}
        return not active_firewall(facts) or wanted <= set(facts.lists.get("x.firewall.open", ()))

    async def carry_out(self, work: Work) -> Outcome:
        result = await work.host.run(OPEN_FIREWALL, *self.ports(work.node), *self.networks, timeout_s=110)
        for line in result.lines[:-1]:
            work.said(line)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"
