"""The resolver: which DNS servers a node asks, and whether they answer."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, number, values
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

SLOW_MS = 3000


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
    took_ms = number((facts.first("x.dns.answer").split() or [""])[0][:9], -1)
    if took_ms < 0:
        return ok("not told")
    seconds = min(took_ms, 10_000_000) / 1000
    if seconds * 1000 < SLOW_MS:
        return ok(f"in {seconds:.2f} s")
    return fail(
        f"no answer in {seconds:.0f} s from {listed(values(facts, 'x.dns.server')) or 'the resolver'}",
        wanted=f"an answer within {SLOW_MS // 1000} s, were it `no such name`",
        next_move="Correct the DNS servers on the node, or let it reach them: UDP and TCP 53.",
    )


@check(
    "dns.wildcard",
    "Unknown names are unknown",
    group="names",
    severity="should",
    why="Pods try each name in the node's search domains first: one that answers for every name leads all astray.",
    source="Kubernetes documentation, DNS for services and pods: ndots, search",
)
def wildcard(node: Node, facts: Facts, spec: Spec) -> Said:
    found = facts.first("x.dns.answer").split()[1:2]
    if not found or found == ["-"]:
        return ok("a name that nobody has is not found")
    domains = listed(values(facts, "x.dns.search")) or "the resolver"
    return fail(
        f"a name that nobody has is {found[0]}, by {domains}",
        wanted="no such name",
        next_move="Take the wildcard record out of that domain, or the domain out of `search` on the nodes.",
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
    took_ms = number(took[:9])
    if took_ms < SLOW_MS or "-" not in found:
        return ok(found[0] if found and found[0] != "-" else "no name, and that is told at once")
    return warn(
        f"no answer in {took_ms // 1000} s",
        wanted="an answer, were it `no such name`",
        next_move="Let the DNS servers answer for the nodes' network, or set UseDNS no in sshd_config.",
    )
