"""What blocks a link, as far as the nodes' own rules tell, and the very lines that let it through."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from wizard.checks.network.links import Link
from wizard.checks.network.reading import Opened, Rule

Kind = Literal["rule", "policy", "firewalld", "ufw", "iptables", ""]
_PORTS = re.compile(r"\b(tcp|udp|th) dport (\{[^}]*\}|[0-9-]+)")
_IPTABLES_PORT = re.compile(r"-p (tcp|udp) .*--dports? ([0-9,:]+)")
_PLAIN = re.compile(r"(?:counter packets \d+ bytes \d+ )?(?:drop|reject\b.*)")
_COMES_IN = frozenset(("input", "ingress", "prerouting", "forward", "-"))
# Tables that iptables keeps: a rule by nft in one of them makes it unreadable for iptables, and for kube-proxy.
_OF_IPTABLES = {"ip filter INPUT": "iptables", "ip6 filter INPUT": "ip6tables"}
MULTIPORT = 15
"""How many ports one rule of iptables takes."""
_GOES_OUT = frozenset(("output", "egress", "postrouting"))


@dataclass(frozen=True, slots=True)
class Cause:
    """What blocks a link: on which node, and by what; `kind` is "" where no node's rules tell."""

    kind: Kind
    link: Link
    node: str = ""
    rule: Rule | None = None

    @property
    def words(self) -> str:
        """By what it is blocked, "" where that is not known."""
        match self.kind:
            case "":
                return ""
            case "rule" if self.rule:
                return f"by nftables on {self.node} (table {self.rule.family} {self.rule.table}, {self.rule.text})"
            case "policy" if self.rule:
                return f"by nftables on {self.node} ({self.rule.place} drops what it does not know)"
            case _:
                return f"by {self.kind} on {self.node}"

    @property
    def tool(self) -> str:
        """The program that keeps the rule's table, for iptables."""
        return _OF_IPTABLES.get(self.rule.place, "iptables") if self.rule else "iptables"


def cause(link: Link, source: Opened, target: Opened) -> Cause:
    """Return what blocks a bad link: a rule for the port itself before a firewall that drops what it doesn't know."""
    sides = ((link.target, target, _COMES_IN), (link.source, source, _GOES_OUT))
    for node, opened, hooks in sides:
        if rule := next((each for each in _of_admins(opened, hooks) if _names(each, link)), None):
            return Cause("iptables" if rule.handle == "-" else "rule", link, node, rule)
    if target.firewall == "firewalld":
        return Cause("firewalld", link, link.target)
    if target.firewall == "ufw":
        return Cause("ufw", link, link.target)
    for node, opened, hooks in sides:
        if rule := next(
            (each for each in _of_admins(opened, hooks) if each.policy or _PLAIN.fullmatch(each.text)), None
        ):
            kept = opened.firewall == "iptables" or rule.place in _OF_IPTABLES
            return Cause("iptables" if kept else "policy", link, node, rule)
    return Cause("", link)


def commands(causes: Iterable[Cause]) -> tuple[str, ...]:
    """Return the lines for all causes of one node, each once; what one line can open, one opens."""
    known = [each for each in causes if each.kind]
    at_once: dict[tuple[str, str], dict[int, None]] = {}
    kept: dict[tuple[str, str], dict[int, None]] = {}
    lines: dict[str, None] = {}
    added = dict.fromkeys(f"--add-port={each.link.label}" for each in known if each.kind == "firewalld")
    if added:
        lines[f"firewall-cmd --permanent {' '.join(added)} && firewall-cmd --reload"] = None
    for each in known:
        if each.kind == "policy" and each.rule:
            at_once.setdefault((each.rule.place, each.link.protocol), {})[each.link.port] = None
        elif each.kind == "iptables":
            kept.setdefault((each.tool, each.link.protocol), {})[each.link.port] = None
        elif each.kind == "ufw":
            lines[f"ufw allow {each.link.label}"] = None
        elif each.kind == "rule" and each.rule:
            lines[f"nft delete rule {each.rule.place} handle {each.rule.handle}"] = None
    for (place, protocol), ports in at_once.items():
        lines[f"nft insert rule {place} {protocol} dport {_set(ports)} accept"] = None
    for (tool, protocol), ports in kept.items():
        lines |= dict.fromkeys(_by_iptables(tool, protocol, list(map(str, ports))))
    return tuple(lines)


def _by_iptables(tool: str, protocol: str, ports: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(ports), MULTIPORT):
        some = ports[first : first + MULTIPORT]
        match = f"-m multiport --dports {','.join(some)}" if len(some) > 1 else f"--dport {some[0]}"
        yield f"{tool} -I INPUT -p {protocol} {match} -j ACCEPT"


def _set(ports: Iterable[int]) -> str:
    """Return ports as nft wants them: one bare, several in braces."""
    words = list(map(str, ports))
    return words[0] if len(words) == 1 else f"{{ {', '.join(words)} }}"


def _of_admins(opened: Opened, hooks: frozenset[str]) -> Iterator[Rule]:
    """Yield the rules that are not a firewall program's own: those are changed through it alone."""
    own = {"firewalld": "firewalld", "ufw": "ufw"}.get(opened.firewall)
    for rule in opened.rules:
        if rule.hook in hooks and not (own and (rule.table == own or rule.chain.startswith(own))):
            yield rule


def _names(rule: Rule, link: Link) -> bool:
    """True when the rule is about the link's port."""
    for protocol, ports in (*_PORTS.findall(rule.text), *_IPTABLES_PORT.findall(rule.text)):
        if protocol in ("th", link.protocol) and _holds(ports, link.port):
            return True
    return False


def _holds(ports: str, port: int) -> bool:
    for each in re.findall(r"[0-9]+(?:[-:][0-9]+)?", ports):
        low, _, high = each.replace(":", "-").partition("-")
        if len(each) < 12 and int(low) <= port <= int(high or low):
            return True
    return False
