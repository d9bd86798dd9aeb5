"""Names: the node's own, and those it must be able to resolve."""

import re
from collections import defaultdict
from collections.abc import Mapping

from wizard.checks.check import across, check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.look import names as wanted_names
from wizard.checks.seen import listed, words
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@check(
    "names.hostname",
    "Hostname",
    group="names",
    severity="should",
    why="The cluster goes by the names of the spec; certificates, DHCP and logs of the host go by this one.",
    source="RKE2 documentation, Requirements, Prerequisites; RFC 1123",
)
def hostname(node: Node, facts: Facts, spec: Spec) -> Said:
    labels = facts.hostname.split(".")
    sound = all(_LABEL.fullmatch(label) for label in labels) and len(facts.hostname) <= 63
    if sound and labels[0] not in ("localhost", "localdomain"):
        return ok(facts.hostname)
    return fail(
        facts.hostname or "none",
        wanted="at most 63 lower case letters, digits and hyphens, not localhost",
        next_move=f"On the node: `hostnamectl set-hostname {node.name}`.",
    )


@across(
    "names.unique",
    "Hostnames differ",
    group="names",
    severity="should",
    why="The cluster goes by the names of the spec; DHCP, monitoring and logs take two hosts of a name for one.",
    source="RKE2 documentation, Requirements, Prerequisites",
)
def unique(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for name, each in facts.items():
        holders[each.hostname.lower()].append(name)

    def judge(name: str, own: str) -> Said:
        others = [other for other in holders[own.lower()] if other != name]
        if not own or not others:
            return ok(own or "not told")
        return fail(
            f"{own}, as {listed(others)}",
            wanted="a hostname of its own on each node",
            next_move=f"On the node: `hostnamectl set-hostname {name}`.",
        )

    return {name: judge(name, each.hostname) for name, each in facts.items()}


@check(
    "names.localhost",
    "localhost",
    group="names",
    severity="must",
    why="Health checks of etcd and the API server ask localhost.",
    source="RFC 6761; kubelet",
)
def localhost(node: Node, facts: Facts, spec: Spec) -> Said:
    found = facts.first("x.name.localhost").split()[1:]
    if not found or found[0].startswith(("127.", "::1")):
        return ok(found[0] if found else "not told")
    return fail(
        "is not known" if found == ["-"] else f"is {found[0]}",
        wanted="127.0.0.1",
        next_move="Put `127.0.0.1 localhost` into /etc/hosts there.",
    )


@check(
    "names.own",
    "Own name resolves",
    group="names",
    severity="should",
    why="sudo and others wait for the resolver at each call when the host does not know its own name.",
    source="hostname(1), nss-myhostname(8)",
)
def own(node: Node, facts: Facts, spec: Spec) -> Said:
    found = facts.first("x.name.self").split()[1:]
    if not found:
        return ok("not told")
    if found == ["-"]:
        return warn(
            f"{facts.hostname} is not known on the node itself",
            wanted="its own address, or 127.0.1.1",
            next_move=f"Put `127.0.1.1 {facts.hostname}` into /etc/hosts there.",
        )
    if any(found[0] in (other.address, other.inner_address) for other in spec.nodes if other is not node):
        return ok(f"{facts.hostname} is another node's: names.unique tells")
    if found[0] in facts.addresses or found[0].startswith(("127.", "::1", "fe80:")):
        return ok(f"{facts.hostname} is {found[0]}")
    return fail(
        f"{facts.hostname} is {found[0]}, which is not an address of the node",
        wanted=f"one of {listed(facts.addresses)}",
        next_move="Correct it in /etc/hosts there, or in DNS.",
    )


@check(
    "names.peers",
    "Names of the spec resolve",
    group="names",
    severity="must",
    why="Nodes join at the registration address, and reach each other by the names that the spec gives.",
    source="the spec: registration.address and nodes' addresses",
)
def peers(node: Node, facts: Facts, spec: Spec) -> Said:
    asked = wanted_names(spec)
    answers = {" ".join(name): found for _, found, *name in words(facts, "x.dns.name", 3)}
    unknown = [name for name in asked if answers.get(name) == "-"]
    if not unknown:
        return ok(f"{len(asked)} names are known" if asked else "the spec has addresses only")
    return fail(
        f"not known: {listed(unknown)}",
        wanted="an address for each",
        next_move="Add them to DNS or to /etc/hosts on the node, or use addresses in the spec.",
    )
