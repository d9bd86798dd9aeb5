"""Judges what the network proof found: a finding of each check for each node that took part."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from wizard.checks.check import Check
from wizard.checks.finding import Finding, Said, fail, ok, skipped, warn
from wizard.checks.network import check
from wizard.checks.network.blame import blamed
from wizard.checks.network.firewall import Cause, cause, commands
from wizard.checks.network.judge_way import bandwidth, latency, loss, mtu
from wizard.checks.network.links import DOOR, JUMP_HOST, Link, Links
from wizard.checks.network.reading import Opened
from wizard.checks.network.words import named
from wizard.errors import HostError
from wizard.spec.models import Spec


def judge(spec: Spec, links: Links, opened: Mapping[str, Opened]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of each node in `opened`; pure."""
    bad, into = blamed(links), _by_target(links)
    ways = (
        (check.latency, latency(spec, links)),
        (check.loss, loss(links, opened)),
        (check.mtu, mtu(spec, links)),
        (check.bandwidth, bandwidth(links)),
    )
    found: dict[str, tuple[Finding, ...]] = {}
    for name in opened:
        said: dict[Check, Said] = {check.ports: _ports(spec, name, bad.get(name, ()), into.get(name, ()), opened)}
        said |= {each: by_node[name] for each, by_node in ways if name in by_node}
        said |= dict(_outside(name, links))
        said |= dict(_from_front(spec, name, links, opened))
        found[name] = tuple(each.by(which.id, which.severity) for which, each in said.items())
    return found


def not_proven(failures: Mapping[str, HostError]) -> dict[str, tuple[Finding, ...]]:
    """Return what to say of nodes that took no part, or not to the end."""

    def told(error: HostError) -> Finding:
        said = skipped(error.what, next_move=error.hint or "Check this node again.")
        return said.by(check.ports.id, check.ports.severity)

    return {name: (told(error),) for name, error in failures.items()}


def _by_target(links: Links) -> dict[str, list[Link]]:
    """Return the links between nodes by the node asked."""
    found: dict[str, list[Link]] = {}
    for link in links.all():
        if link.source in links.roles:
            found.setdefault(link.target, []).append(link)
    return found


def _ports(spec: Spec, name: str, bad: Collection[Link], into: Collection[Link], opened: Mapping[str, Opened]) -> Said:
    if not bad:
        return _open_ports(into, opened[name])
    return _closed(spec, name, bad, opened)


def _closed(spec: Spec, name: str, bad: Collection[Link], opened: Mapping[str, Opened]) -> Said:
    none = Opened()
    causes = [cause(each, opened.get(each.source, none), opened.get(each.target, none)) for each in bad]
    saw = "; ".join(_blocked(name, causes))
    wanted = "; ".join(dict.fromkeys(f"{each.label} ({each.why})" for each in bad))
    # What firewalld and ufw need is opened by the wizard's own step, with consent.
    own = all(each.kind in ("firewalld", "ufw") and each.node == name for each in causes)
    if own and spec.prepare.firewall == "open":
        return ok(f"{saw}; apply opens them, as prepare.firewall says")
    say = fail if any(each.must for each in bad) else warn
    return say(saw, wanted=f"open: {wanted}", next_move=_move(causes), fix="firewall" if own else "")


def _open_ports(into: Collection[Link], opened: Opened) -> Said:
    good = sum(link.good for link in into)
    if opened.program == "none":
        return skipped(
            "neither Python nor Perl is there, so nothing could answer",
            next_move="Install python3 or perl-base, and check again.",
        )
    if not into:
        return ok("no other node has to reach it")
    open_to = f"{good} of {len(into)} asked links are open, from {len({link.source for link in into})} nodes"
    if opened.everywhere:
        open_to += ", at an address that is not on the node (NAT, or a name)"
    if untried := [link for link in into if link.answer == "untried"]:
        return skipped(f"{open_to}; {untried[0].said}", next_move="Check again.")
    return ok(open_to if good == len(into) else f"{open_to}; what keeps the others away is not here")


def _blocked(name: str, causes: Iterable[Cause]) -> Iterator[str]:
    """Yield who hears what on which ports, and what blocks them; ports of which the same is true are told together."""
    by_label: dict[str, list[Cause]] = {}
    for each in causes:
        by_label.setdefault(each.link.label, []).append(each)
    labels: dict[str, list[str]] = {}
    for label, same in by_label.items():
        labels.setdefault(_heard(name, same), []).append(label)
    yield from (f"{named(same, most=8)} {heard}" for heard, same in labels.items())


def _heard(name: str, causes: Iterable[Cause]) -> str:
    links = [each.link for each in causes]
    into = all(link.target == name for link in links)
    others = named(link.source if into else link.target for link in links)
    heard = "; ".join(dict.fromkeys(link.said or link.answer for link in links))
    by = "; ".join(dict.fromkeys(each.words for each in causes if each.words))
    return f"{'from' if into else 'to'} {others}: {heard}" + (f", blocked {by}" if by else "")


def _move(causes: Iterable[Cause]) -> str:
    by_node: dict[str, list[Cause]] = {}
    for each in causes:
        by_node.setdefault(each.node, []).append(each)
    return " ".join(_moves(by_node))


def _moves(by_node: Mapping[str, list[Cause]]) -> Iterator[str]:
    for node, causes in by_node.items():
        links = [each.link for each in causes]
        if node:
            yield f"On {node}: {'; '.join(commands(causes))}"
        elif all(link.answer == "wrong" for link in links):
            yield f"Give each machine an address of its own: {links[0].said}."
        elif all(link.answer == "unreachable" for link in links):
            yield f"Look at routes and cables of {named(link.target for link in links)}: `ip route get` there and here."
        else:
            labels = named(dict.fromkeys(link.label for link in links), most=8)
            yield (
                f"No rule on these nodes blocks it: look between them (security group, switch, VLAN), and let {labels} "
                f"in from {named(link.source for link in links)} to {named(link.target for link in links)}."
            )


def _outside(name: str, links: Links) -> Iterator[tuple[Check, Said]]:
    if asked := links.between(name, DOOR):
        yield (
            check.registration,
            _reached(
                asked,
                fail,
                "every node joins there",
                "Point the address, or the balancer behind it, at the servers' port",
            ),
        )
    if asked := links.between(JUMP_HOST, name):
        yield (
            check.jump_host,
            _reached(asked, warn, "reached from this machine", "For kubectl on this machine, let it in on port"),
        )


def _from_front(spec: Spec, name: str, links: Links, opened: Mapping[str, Opened]) -> Iterator[tuple[Check, Said]]:
    asked = [link for machine in spec.front for link in links.between(machine.name, name)]
    if not asked:
        return
    if bad := [link for link in asked if link.bad]:
        yield check.balancers, _closed(spec, name, bad, opened)
    else:
        open_from = named(dict.fromkeys(link.source for link in asked))
        yield check.balancers, ok(f"{named(dict.fromkeys(link.label for link in asked))} open from {open_from}")


def _reached(asked: Iterable[Link], say: Callable[..., Said], wanted: str, move: str) -> Said:
    asked = list(asked)
    bad = [link for link in asked if not link.good]
    if not bad:
        return ok(", ".join(f"{link.label} {link.said or 'is open'}" for link in asked))
    saw = "; ".join(f"{link.label}: {link.said}" for link in bad)
    return say(saw, wanted=wanted, next_move=f"{move} {named(str(link.port) for link in bad)}.")
