"""Processors: kind, number, what they can do; and graphics cards with their driver."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.floor import enough
from wizard.checks.seen import listed, values, words
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}


@check(
    "cpu.architecture",
    "Architecture",
    group="hardware",
    severity="must",
    why="RKE2 is released for a few architectures only, RKE1 and RancherD for one.",
    source="RKE2 release files; rke.docs.rancher.com, Requirements",
)
def architecture(node: Node, facts: Facts, spec: Spec) -> Said:
    places = {"rke1": "rke1/requirements", "rancherd": "rancherd/rancherd"}
    arches = profile(places.get(spec.distribution, "requirements"))["arches"]
    if facts.arch in arches:
        return ok(facts.arch)
    return fail(
        facts.arch or "unknown",
        wanted=" or ".join(arches),
        next_move=f"Take {node.name} out of the spec, or replace it by a machine of one of these architectures.",
    )


@check(
    "cpu.count",
    "Processors",
    group="hardware",
    severity="should",
    why="etcd and the API server share them with everything else; too few make etcd lose its leader.",
    source="RKE2 documentation, Requirements, Hardware",
)
def count(node: Node, facts: Facts, spec: Spec) -> Said:
    return enough(facts.cpus, "processors", profile("requirements")["cpus"][node.role], node=node, facts=facts)


@check(
    "cpu.for_agents",
    "Server fits the cluster",
    group="hardware",
    severity="should",
    why="The API server's and etcd's load grows with the number of nodes.",
    source="RKE2 documentation, Requirements, Large clusters",
)
def for_agents(node: Node, facts: Facts, spec: Spec) -> Said:
    agents = len(spec.agents)
    if node.role != "server":
        return ok("an agent")
    rows = profile("requirements")["servers_for_agents"]
    need = next((row for row in rows if agents <= row["agents"]), rows[-1])
    saw = f"{facts.cpus} processors, {facts.memory_mib} MiB for {agents} agents"
    if not facts.cpus or (facts.cpus >= need["cpus"] and facts.memory_mib >= need["memory_mib"]):
        return ok(saw)
    wanted = f"{need['cpus']} processors and {need['memory_mib']} MiB for up to {need['agents']} agents"
    return warn(saw, wanted=wanted, next_move=f"Give {node.name} {wanted}.")


@check(
    "cpu.features",
    "Processor features",
    group="hardware",
    severity="should",
    why="Images built on EL 9 or SLE 16 need x86-64-v2; on older ones they end with `CPU does not support x86-64-v2`.",
    source="Red Hat Enterprise Linux 9, Considerations in adopting; SLE 16 release notes",
)
def features(node: Node, facts: Facts, spec: Spec) -> Said:
    if facts.arch != "x86_64":
        return ok(f"not asked for on {facts.arch}")
    lacks = [flag for flag in profile("requirements")["cpu_flags"] if flag not in values(facts, "x.cpu.flag")]
    if not lacks:
        return ok("x86-64-v2")
    return warn(
        f"without {listed(lacks, 6)}",
        wanted="x86-64-v2",
        next_move="In a virtual machine, choose the processor model `host` or a newer one.",
    )


@check(
    "gpu.driver",
    "Graphics cards",
    group="hardware",
    severity="note",
    why="Pods see a card only where its driver is loaded, on the host or by the vendor's operator.",
    source="RKE2 documentation, Deploy NVIDIA operator",
)
def graphics(node: Node, facts: Facts, spec: Spec) -> Said:
    cards = [(VENDORS.get(vendor, vendor), *rest) for vendor, *rest in words(facts, "x.gpu", 1)]
    bare = [vendor for vendor, *driver in cards if vendor == "NVIDIA" and driver[:1] != ["nvidia"]]
    if not bare:
        return ok(listed(" ".join(card) for card in cards) or "none")
    return warn(
        f"{len(bare)} NVIDIA without the nvidia driver",
        wanted="the nvidia driver, or NVIDIA's GPU operator in the cluster",
        next_move="Install the driver on the node, or plan NVIDIA's GPU operator, which brings it.",
    )
