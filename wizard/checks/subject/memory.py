"""Memory: enough for what runs on a node of its role."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
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
    need = profile("requirements")["memory_mib"][node.role]
    saw = f"{facts.memory_mib} MiB"
    if facts.memory_mib >= need["advised"]:
        return ok(saw)
    move = f"Give {node.name} at least {need['advised']} MiB."
    wanted = f"{need['least']} MiB at least, {need['advised']} MiB advised for a {node.role}"
    if facts.memory_mib >= need["least"]:
        return warn(saw, wanted=wanted, next_move=move)
    return fail(saw, wanted=wanted, next_move=move)
