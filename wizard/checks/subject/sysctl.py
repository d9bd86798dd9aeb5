"""Kernel settings: what Kubernetes relies on, and limits that are too low to be noticed in time."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import container, number, own_addresses, values
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

SYSCTLS = "RKE2 documentation, Known issues; Requirements"


@check(
    "sysctl.forwarding",
    "Packets are forwarded",
    group="kernel",
    severity="must",
    why="Pods of other nodes, and services, are reached by forwarding only; RKE2 turns it on, others turn it off.",
    source=SYSCTLS,
)
def forwarding(node: Node, facts: Facts, spec: Spec) -> Said:
    if "net.ipv4.ip_forward" not in facts.sysctls:
        return fail(
            "net.ipv4.ip_forward can't be read",
            wanted="net.ipv4.ip_forward, at 1",
            next_move=f"Look at /proc/sys/net on {node.name}: is it mounted, and may root read it?",
        )
    return ok("on" if facts.sysctls["net.ipv4.ip_forward"] == "1" else "off; RKE2 turns it on when it starts")


@check(
    "sysctl.kept",
    "Settings last",
    group="kernel",
    severity="should",
    why="wicked and others set forwarding back after RKE2 has set it; a file in /etc/sysctl.d stands against that.",
    source="RKE2 documentation, Known issues, Wicked",
)
def kept(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.prepare.sysctl:
        return ok("apply writes them, as prepare.sysctl says")
    active, _ = facts.units.get("wicked", ("", ""))
    if active != "active":
        return ok("RKE2 sets them itself")
    return fail(
        "wicked runs, and prepare.sysctl is false",
        wanted="net.ipv4.conf.all.forwarding = 1 in /etc/sysctl.d",
        next_move="Set prepare.sysctl: true in the spec.",
        fix="sysctls",
    )


@check(
    "sysctl.hardening",
    "Hardening values",
    group="kernel",
    severity="must",
    why="Under the cis profile the kubelet refuses to start with other values.",
    source="RKE2 documentation, CIS hardening guide",
)
def hardening(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.security.profile != "cis":
        return ok("not asked for: security.profile is not cis")
    needed = profile("requirements")["sysctls"]["sysctl.hardening"]
    seen = [f"{name}={facts.sysctls.get(name, '?')}" for name, _, _ in (pair.partition("=") for pair in needed)]
    wrong = [pair for pair in seen if pair not in needed]
    if not wrong:
        return ok("as the cis profile wants them")
    if spec.prepare.sysctl:
        return ok("apply sets them, as prepare.sysctl says")
    return fail(
        ", ".join(wrong),
        wanted=", ".join(needed),
        next_move="Set prepare.sysctl: true in the spec, or set them in /etc/sysctl.d there.",
        fix="sysctls",
    )


@check(
    "sysctl.reverse_path",
    "Reverse path filter",
    group="kernel",
    severity="note",
    why="In strict mode, a node with several networks drops pods' packets that come back another way.",
    source="Kernel documentation, ip-sysctl, rp_filter; Calico and Cilium documentation",
)
def reverse_path(node: Node, facts: Facts, spec: Spec) -> Said:
    value = facts.sysctls.get("net.ipv4.conf.all.rp_filter", "0")
    if value != "1" or len(own_addresses(facts)) < 2:
        return ok({"0": "off", "1": "strict, with one network", "2": "loose"}.get(value, value))
    return warn(
        f"strict, with {len(own_addresses(facts))} addresses",
        wanted="net.ipv4.conf.all.rp_filter = 2 (loose) or 0",
        next_move="Set it in /etc/sysctl.d, unless every network is reached by its own interface alone.",
        fix="sysctls",
    )


@check(
    "sysctl.inotify",
    "File watches",
    group="kernel",
    severity="should",
    why="Every pod with logs takes some; without them the kubelet says `too many open files` for files that are few.",
    source="RKE2 documentation, Requirements; kernel defaults",
)
def inotify(node: Node, facts: Facts, spec: Spec) -> Said:
    least = profile("requirements")["inotify"]
    instances = number(facts.sysctls.get("fs.inotify.max_user_instances", ""), -1)
    watches = number(facts.sysctls.get("fs.inotify.max_user_watches", ""), -1)
    saw = f"{instances} instances, {watches} watches"
    if instances < 0 or watches < 0:
        return ok("not told")
    if instances >= least["instances"] and watches >= least["watches"]:
        return ok(saw)
    return fail(
        saw,
        wanted=f"{least['instances']} and {least['watches']} at least; 8192 and 524288 for many pods",
        next_move="Set fs.inotify.max_user_instances and max_user_watches in /etc/sysctl.d.",
        fix="sysctls",
    )


@check(
    "sysctl.port_range",
    "Ports of outgoing connections",
    group="kernel",
    severity="should",
    why="An outgoing connection that happens to hold a NodePort keeps the service from being reached there.",
    source="Kubernetes documentation, Service, NodePort; ip-sysctl, ip_local_port_range",
)
def port_range(node: Node, facts: Facts, spec: Spec) -> Said:
    low, high = profile("requirements")["node_ports"]
    bounds = [number(part) for part in facts.first("x.port_range").split()]
    if len(bounds) != 2 or bounds[0] > high or bounds[1] < low:
        return ok(" to ".join(map(str, bounds)) or "not told")
    return warn(
        f"{bounds[0]} to {bounds[1]}",
        wanted=f"a range apart from the NodePorts {low} to {high}",
        next_move="Set net.ipv4.ip_local_port_range = 32768 60999 in /etc/sysctl.d.",
        fix="sysctls",
    )


@check(
    "sysctl.advertised_router",
    "Advertised IPv6 router",
    group="kernel",
    severity="should",
    why="A host that forwards does not listen to router advertisements: after hours its IPv6 default route is gone.",
    source="RKE2 documentation, Requirements: accept_ra=2",
)
def advertised_router(node: Node, facts: Facts, spec: Spec) -> Said:
    device = facts.default_route.split()[-1:]
    accepts = {name: value for value, _, name in (line.partition(" ") for line in values(facts, "x.accept_ra"))}
    if facts.first("x.router_advertised") != "yes":
        return ok("no route comes from an advertisement")
    if {accepts.get(name) for name in device} == {"2"}:
        return ok("accept_ra is 2")
    return warn(
        f"the IPv6 default route is advertised, and accept_ra of {' '.join(device) or 'its interface'} is not 2",
        wanted="accept_ra = 2 there",
        next_move="Set net.ipv6.conf.INTERFACE.accept_ra = 2 in /etc/sysctl.d.",
        fix="sysctls",
    )


@check(
    "limits.files",
    "Open files",
    group="kernel",
    severity="should",
    why="An upload or a log reader that runs out of open files fails in odd places.",
    source="getrlimit(2); RKE2's unit raises its own limit",
)
def files(node: Node, facts: Facts, spec: Spec) -> Said:
    hard, least = facts.first("x.limit.files"), profile("requirements")["files"]
    if hard in ("", "unlimited") or number(hard) >= least:
        return ok(hard or "not told")
    return fail(
        f"{hard} at most in a login",
        wanted=f"{least} at least",
        next_move="Raise nofile in /etc/security/limits.d there.",
    )


@check(
    "limits.entropy",
    "Randomness",
    group="kernel",
    severity="note",
    why="Making keys waits for randomness on kernels before 5.6.",
    source="random(4)",
)
def entropy(node: Node, facts: Facts, spec: Spec) -> Said:
    pool, least = facts.first("x.entropy"), profile("requirements")["entropy"]
    if not pool or number(pool, least) >= least or container(facts):
        return ok(f"{pool or '?'} bits")
    return warn(f"{pool} bits", wanted=f"{least} bits", next_move="Install and enable haveged or rngd there.")
