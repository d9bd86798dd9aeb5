"""What blocks a drain: of each node that will be emptied, the pods that can't or may not go.

Source: Kubernetes, "Safely Drain a Node", "Disruptions", "API-initiated eviction".
"""

from collections.abc import Mapping

from wizard.checks.cluster.gate import Case, gate
from wizard.checks.cluster.moving import by_node, titles
from wizard.checks.cluster.seen import Budget, Pod
from wizard.checks.finding import Said, fail, warn
from wizard.checks.seen import listed

DRAIN = 'Kubernetes, "Safely Drain a Node"'
EVICTION = 'Kubernetes, "Disruptions" and "API-initiated eviction"'


@gate(
    "upgrade.budget",
    "Budgets let pods go",
    severity="must",
    why="A PodDisruptionBudget that allows no disruption keeps a drain waiting until its time is over.",
    source=EVICTION,
    needs=("pod", "budget"),
)
def budget(case: Case) -> Mapping[str, Said]:
    return {node: said for node in case.draining if (said := _held(case, node))}


def _held(case: Case, node: str) -> Said | None:
    held = [(pod, each) for pod in case.moving(node) for each in case.live.budgets if each.covers(pod)]
    blocked = [(pod, each) for pod, each in held if each.allowed < 1 and not _goes_unhealthy(pod, each)]
    if not blocked:
        return None
    pod, first = blocked[0]
    never = first.expected > 0 and first.desired >= first.expected
    names = listed([each.title for each, _ in blocked])
    return fail(
        f"{names} held by {first.namespace}/{first.name} ({first.wants}): {first.healthy} of {first.expected} healthy, "
        f"{first.desired} must be",
        wanted="a budget that allows at least one disruption",
        next_move=f"It never lets a pod go: give {pod.namespace} one more replica than it demands, or ease it."
        if never
        else f"Wait until the pods of {pod.namespace} are healthy again: kubectl -n {pod.namespace} get pods.",
    )


def _goes_unhealthy(pod: Pod, each: Budget) -> bool:
    """Whether a pod that is not ready may go although no disruption is allowed."""
    return not pod.ready and (each.evicts_unhealthy or each.healthy >= each.desired > 0)


@gate(
    "upgrade.two_budgets",
    "One budget a pod",
    severity="must",
    why="The API server refuses to evict a pod that two PodDisruptionBudgets are about, for ever.",
    source=EVICTION,
    needs=("pod", "budget"),
)
def two_budgets(case: Case) -> Mapping[str, Said]:
    def twice(pod: Pod) -> list[str]:
        return [each.name for each in case.live.budgets if each.covers(pod)]

    return {
        node: fail(
            f"{pods[0].title} is under {' and '.join(twice(pods[0])[:2])}",
            wanted="one PodDisruptionBudget at most for a pod",
            next_move=f"Delete one of them, or change its selector: kubectl -n {pods[0].namespace} get pdb.",
        )
        for node, pods in by_node(case, lambda pod: len(twice(pod)) > 1)
    }


@gate(
    "upgrade.no_controller",
    "Pods come back elsewhere",
    severity="must",
    why="kubectl drain refuses a pod that nothing brings back; with force it is deleted for good.",
    source=DRAIN,
    needs=("pod",),
)
def no_controller(case: Case) -> Mapping[str, Said]:
    found = by_node(case, lambda pod: not pod.owner_kind)
    if case.spec.upgrade.force:
        return {
            node: warn(
                f"{titles(pods)} will be deleted for good",
                wanted="pods that a controller brings back",
                next_move="Save what they hold, or put them under a Deployment.",
            )
            for node, pods in found
        }
    return {
        node: fail(
            f"{titles(pods)}: no controller brings it back",
            wanted="pods that a controller brings back",
            next_move="Put it under a Deployment or delete it; upgrade.force in the spec deletes such pods for good.",
        )
        for node, pods in found
    }


@gate(
    "upgrade.empty_dir",
    "Data in emptyDir",
    severity="must",
    why="kubectl drain refuses pods with emptyDir volumes, or their data is lost with them.",
    source=DRAIN,
    needs=("pod",),
)
def empty_dir(case: Case) -> Mapping[str, Said]:
    if case.spec.upgrade.delete_emptydir_data:
        return {}
    return {
        node: fail(
            f"{titles(pods)} keeps data in emptyDir",
            wanted="no such pod, or leave to lose that data",
            next_move="Save the data; then upgrade.delete_emptydir_data: true in the spec lets the drain go on.",
        )
        for node, pods in by_node(case, lambda pod: pod.empty_dirs > 0)
    }


@gate(
    "upgrade.ending",
    "No pod hangs while ending",
    severity="must",
    why="A drain waits for every pod that is ending already; one with a finalizer or a dead kubelet never does.",
    source=DRAIN,
    needs=("pod",),
)
def ending(case: Case) -> Mapping[str, Said]:
    return {
        node: fail(
            f"{titles(pods)} has been ending, and has not",
            wanted="no pod that is ending",
            next_move=f"kubectl -n {pods[0].namespace} describe pod {pods[0].name}: its finalizers and volumes.",
        )
        for node, pods in by_node(case, lambda pod: pod.ending)
    }


@gate(
    "upgrade.grace",
    "Pods end in time",
    severity="must",
    why="A pod may take its whole grace period; a drain that gives up before leaves the node as it was.",
    source='Kubernetes, "Pod Lifecycle", termination',
    needs=("pod",),
)
def grace(case: Case) -> Mapping[str, Said]:
    limit_s = case.spec.upgrade.drain_timeout_s
    return {
        node: fail(
            f"{titles(pods)} may take {max(pod.grace_s for pod in pods):.0f} s to end, the drain waits {limit_s} s",
            wanted="a drain that waits longer than any pod takes",
            next_move=f"Set upgrade.drain_timeout_s above {max(pod.grace_s for pod in pods):.0f} in the spec.",
        )
        for node, pods in by_node(case, lambda pod: pod.grace_s >= limit_s)
    }
