"""Names: the node's own, and those it must be able to resolve."""

import re
from collections import defaultdict
from collections.abc import Mapping

from wizard.checks.check import across, check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.look import names as wanted_names
from wizard.checks.seen import listed, values, words
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
SLOW_MS = 3000


@check(
    "names.hostname",
    "Hostname",
    group="names",
    severity="must",
    why="Kubernetes takes names of lower case letters, digits and hyphens only; `localhost` would be every node's.",
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
    severity="must",
    why="The second node of a name is refused: `Node password rejected, duplicate hostname`.",
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


@check(
    "dns.servers",
    "DNS servers",
    group="names",
    severity="should",
    why="Pods ask the node's DNS servers for names outside; where it has none, RKE2 makes them ask 8.8.8.8.",
    source="RKE2 documentation, Advanced options: resolv-conf",
)
def servers(node: Node, facts: Facts, spec: Spec) -> Said:
    found = values(facts, "x.dns.server")
    if len(found) > 3:
        return warn(
            f"{len(found)} servers: {listed(found)}",
            wanted="at most 3: the resolver asks no more, and the kubelet warns for each pod",
            next_move="Shorten the list in the node's network settings.",
        )
    if found or spec.source.kind != "online":
        return ok(listed(found) or "none: names come from /etc/hosts, pods will ask 8.8.8.8")
    return fail(
        "none", wanted="one at least, to download", next_move="Set a DNS server in the node's network settings."
    )


@check(
    "dns.loopback",
    "DNS servers that pods can ask",
    group="names",
    severity="should",
    why="A server at 127.0.0.x is out of reach from a pod; RKE2 then makes pods ask 8.8.8.8.",
    source="RKE2 documentation, Advanced options: resolv-conf; CoreDNS, loop plug-in",
)
def loopback(node: Node, facts: Facts, spec: Spec) -> Said:
    found = values(facts, "x.dns.server")
    outside = [
        server for server in (*found, *values(facts, "x.dns.upstream")) if not server.startswith(("127.", "::1"))
    ]
    if not found or outside or "resolv-conf" in spec.options_of(node):
        return ok(listed(dict.fromkeys(outside)) or "as RKE2 finds them")
    return warn(
        f"only {listed(found)}",
        wanted="a server that pods reach",
        next_move=f"Set options.{node.role}.resolv-conf to a file with the real servers.",
    )


@check(
    "dns.answer",
    "DNS answers",
    group="names",
    severity="should",
    why="A DNS server that never answers makes logins, sudo and every download wait for seconds, or fail.",
    source="resolv.conf(5), timeout",
)
def answer(node: Node, facts: Facts, spec: Spec) -> Said:
    took_ms = facts.first("x.dns.answer").split()[:1]
    if not took_ms or not took_ms[0].isdigit():
        return ok("not told")
    seconds = min(int(took_ms[0][:9]), 10_000_000) / 1000
    if seconds * 1000 < SLOW_MS:
        return ok(f"in {seconds:.2f} s")
    return fail(
        f"no answer in {seconds:.0f} s from {listed(values(facts, 'x.dns.server')) or 'the resolver'}",
        wanted=f"an answer within {SLOW_MS // 1000} s, were it `no such name`",
        next_move="Correct the DNS servers on the node, or let it reach them: UDP and TCP 53.",
    )


@check(
    "dns.reverse",
    "Address has a name",
    group="names",
    severity="note",
    why="sshd with UseDNS and some logs look addresses up; it is slow where nobody answers.",
    source="sshd_config(5), UseDNS",
)
def reverse(node: Node, facts: Facts, spec: Spec) -> Said:
    took, *found = facts.first("x.dns.reverse").split()[:2] or ["0"]
    if not took.isdigit() or int(took[:9]) < SLOW_MS or "-" not in found:
        return ok(found[0] if found and found[0] != "-" else "no name, and that is told at once")
    return warn(
        f"no answer in {int(took[:9]) // 1000} s",
        wanted="an answer, were it `no such name`",
        next_move="Let the DNS servers answer for the nodes' network, or set UseDNS no in sshd_config.",
    )
