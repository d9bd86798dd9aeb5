"""The pods that an upgrade moves, node by node."""

from collections.abc import Callable, Iterator

from wizard.checks.cluster.gate import Case
from wizard.checks.cluster.seen import Pod
from wizard.checks.seen import listed


def by_node(case: Case, wanted: Callable[[Pod], bool]) -> Iterator[tuple[str, list[Pod]]]:
    """Yield each node that will be drained and has pods that move and are `wanted`, with these."""
    for node in case.draining:
        found = [pod for pod in case.moving(node) if wanted(pod)]
        if found:
            yield node, found


def titles(pods: list[Pod]) -> str:
    return listed([pod.title for pod in pods])
