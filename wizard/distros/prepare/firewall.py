"""The ports of a node opened in a running firewalld or ufw; only with the spec's consent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work

ROOM = Path(__file__).parent
# Those that the wizard can open; rules of a site's own in nftables are told of and left alone.
OPENED = ("firewalld", "ufw")
OPEN_FIREWALL = load_script(ROOM, "open_firewall")
PROBE = load_script(ROOM, "probe_firewall")


def active_firewall(facts: Facts) -> str:
    """Return what keeps others off the node: firewalld, ufw, nftables (rules that drop what comes in), or ""."""
    return next(iter(facts.lists.get("x.firewall.active", ())), "")


def lets_in(opened: Iterable[str], item: str) -> bool:
    """True when `item`, a port, a range of ports or a network, is in `opened` or within a range of it."""
    ports, _, protocol = item.partition("/")
    low, high = _span(ports)
    ranges = [_span(ports) for ports, _, kind in (each.partition("/") for each in opened) if kind == protocol]
    return any(first <= low and high <= last for first, last in ranges) if low else item in opened


def _span(ports: str) -> tuple[int, int]:
    """First and last of `6443` or `30000-32767`; (0, 0) for what is no port."""
    first, _, last = ports.partition("-")
    return (int(first), int(last or first)) if first.isdecimal() and (last or first).isdecimal() else (0, 0)


@dataclass(frozen=True, slots=True)
class OpenFirewall(Fileless):
    """Settled where no firewall runs that can be opened, or it lets in every port and the pod and service networks."""

    ports: Callable[[str], tuple[str, ...]]
    """The ports of a node, by its name, each as `6443/tcp` or `30000-32767/tcp`."""
    networks: tuple[str, ...]
    key: str = "firewall"
    title: str = "Open ports in the firewall"
    timeout_s: float = 120.0
    expected_s: float = 2.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        facts = survey.facts[node]
        opened = facts.lists.get("x.firewall.open", ())
        wanted = (*self.ports(node), *self.networks)
        return active_firewall(facts) not in OPENED or all(lets_in(opened, item) for item in wanted)

    async def carry_out(self, work: Work) -> Outcome:
        result = await work.host.run(OPEN_FIREWALL, *self.ports(work.node), *self.networks, timeout_s=110)
        for line in result.lines[:-1]:
            work.said(line)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"
