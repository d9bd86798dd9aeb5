"""Memory, and swap beside it: enough for what runs on a node of its role."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok
from wizard.checks.floor import enough
from wizard.checks.seen import listed, values
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec


@check(
    "memory.size",
    "Memory",
    group="hardware",
    severity="should",
    why="etcd and the API server are killed first when memory runs out, and take the cluster with them.",
    source="RKE2 documentation, Requirements, Hardware",
)
def size(node: Node, facts: Facts, spec: Spec) -> Said:
    return enough(facts.memory_mib, "MiB", profile("requirements")["memory_mib"][node.role], node=node, facts=facts)


@check(
    "memory.swap",
    "Swap",
    group="hardware",
    severity="should",
    why="The kubelet counts memory without swap; pods that swap look alive and answer too late. RKE2 starts with it.",
    source="Kubernetes documentation, Swap memory management; RKE2 passes --fail-swap-on=false",
)
def swap(node: Node, facts: Facts, spec: Spec) -> Said:
    places = (*values(facts, "x.swap"), *values(facts, "x.swap.fstab"))
    if not facts.swap_mib:
        return ok("off")
    saw = f"{facts.swap_mib} MiB on ({listed(dict.fromkeys(places))})" if places else f"{facts.swap_mib} MiB on"
    if spec.prepare.swap_off:
        return ok(f"{saw}; apply turns it off, as prepare.swap_off says")
    return fail(
        saw,
        wanted="no swap",
        next_move="Set prepare.swap_off: true in the spec, or run `swapoff -a` there and take it out of /etc/fstab.",
        fix="swap",
    )
