"""What will be down while nodes are emptied: pods with nowhere to go, or with nobody beside them."""

from collections import Counter
from collections.abc import Mapping

from wizard.checks.cluster.gate import Case, gate
from wizard.checks.cluster.moving import by_node, titles
from wizard.checks.cluster.seen import Pod
from wizard.checks.finding import Said, ok, warn

_ROOM = {"cpu": "CPUs", "memory": "memory"}


@gate(
    "upgrade.local_data",
    "Data on the node's own disk",
    severity="should",
    why="A pod whose volume lies on one node waits until that node is back: it is down all the while.",
    source='Kubernetes, "Persistent Volumes", local volumes',
    needs=("pod", "volume"),
)
def local_data(case: Case) -> Mapping[str, Said]:
    def local(pod: Pod) -> bool:
        return any((pod.namespace, claim) in case.live.local for claim in pod.claims)

    return {
        node: warn(
            f"{titles(pods)} has its volume on {node} alone: down until it is back",
            wanted="volumes that follow their pods",
            next_move="Tell its users, or move the data to a storage class that is replicated.",
        )
        for node, pods in by_node(case, local)
    }


@gate(
    "upgrade.pinned",
    "Pods that may run elsewhere",
    severity="should",
    why="A pod that is bound to one host has nowhere to go: it is down until the node is back.",
    source='Kubernetes, "Assigning Pods to Nodes"',
    needs=("pod",),
)
def pinned(case: Case) -> Mapping[str, Said]:
    return {
        node: warn(
            f"{titles(pods)} is bound to {node} by its nodeSelector: down until it is back",
            wanted="pods that may run on another node",
            next_move="Tell its users, or widen its nodeSelector.",
        )
        for node, pods in by_node(case, lambda pod: "kubernetes.io/hostname" in pod.selector)
    }


@gate(
    "upgrade.single",
    "More than one replica",
    severity="should",
    why="What runs once does not answer from its eviction until it is ready elsewhere.",
    source='Kubernetes, "Disruptions"',
    needs=("pod",),
)
def single(case: Case) -> Mapping[str, Said]:
    owners = Counter(_owner(pod) for pod in case.live.pods if pod.moves and pod.owner_kind)

    def alone(pod: Pod) -> bool:
        return owners[_owner(pod)] == 1 and pod.owner_kind != "Job"

    return {
        node: warn(
            f"{len(pods)} run{'s' * (len(pods) == 1)} once and will be down for a moment: {titles(pods)}",
            wanted="two replicas of what must always answer",
            next_move="Scale it to two before the start, or tell its users.",
        )
        for node, pods in by_node(case, alone)
    }


def _owner(pod: Pod) -> tuple[str, str, str]:
    return pod.namespace, pod.owner_kind, pod.owner


@gate(
    "upgrade.jobs",
    "No job at work",
    severity="note",
    why="The pod of a job that is evicted begins anew, or counts as failed.",
    source='Kubernetes, "Jobs"',
    needs=("pod",),
)
def jobs(case: Case) -> Mapping[str, Said]:
    return {
        node: warn(
            f"{titles(pods)} is at work and will be ended",
            wanted="no job at work",
            next_move="Wait for it, or let it begin anew.",
        )
        for node, pods in by_node(case, lambda pod: pod.owner_kind == "Job")
    }


@gate(
    "upgrade.room",
    "Room for the pods elsewhere",
    severity="should",
    why="What finds no room elsewhere stays pending until the node is back.",
    source='Kubernetes, "Reserve Compute Resources"',
    needs=("pod", "node"),
)
def room(case: Case) -> Mapping[str, Said]:
    asked = {each.name: dict.fromkeys(_ROOM, 0.0) for each in case.live.members}
    for pod in case.live.pods:
        if pod.phase in ("Running", "Pending") and pod.node in asked:
            for what in _ROOM:
                asked[pod.node][what] += pod.asks[what]
    free = {
        each.name: {what: max(0.0, each.room[what] - asked[each.name][what]) for what in _ROOM}
        for each in case.live.members
        if each.ready and not each.cordoned
    }
    return {node: said for node in case.draining if (said := _crowded(case, node, free))}


def _crowded(case: Case, node: str, free: Mapping[str, Mapping[str, float]]) -> Said | None:
    for what, title in _ROOM.items():
        elsewhere = sum(each[what] for name, each in free.items() if name != node)
        moves = sum(pod.asks[what] for pod in case.moving(node))
        if moves > elsewhere:
            return warn(
                f"its pods ask for {_amount(what, moves)} of {title}, other nodes have {_amount(what, elsewhere)} free",
                wanted="room elsewhere for all that moves",
                next_move="Add a node, scale something down, or let it wait until the node is back.",
            )
    return None


def _amount(what: str, value: float) -> str:
    return f"{value:.1f}" if what == "cpu" else f"{value / 2**30:.1f} GiB"


@gate(
    "upgrade.unwell",
    "Pods are well before",
    severity="should",
    why="What was broken before looks afterwards as if the upgrade had broken it.",
    source="good practice",
    needs=("pod",),
)
def unwell(case: Case) -> Mapping[str, Said]:
    sick = [pod for pod in case.live.pods if pod.moves and not pod.ending and (pod.waiting or pod.phase == "Pending")]
    if not sick:
        return {case.first: ok("all run")}
    why = sick[0].waiting[0] if sick[0].waiting else sick[0].phase
    return {
        case.first: warn(
            f"{titles(sick)} ({why}) does not run now",
            wanted="pods that run",
            next_move=f"kubectl -n {sick[0].namespace} describe pod {sick[0].name}; or keep it in mind for afterwards.",
        )
    }
