"""The phases of a run of `rke` as stages of a plan: it works on all nodes in an order of its own, which they show."""

import math
from collections.abc import Iterable, Iterator

from wizard.distros.rke1.follow import Follow
from wizard.distros.rke1.reading import Member
from wizard.distros.rke1.rke import Rke
from wizard.rollout.plan import Stage
from wizard.rollout.step import Step
from wizard.spec.models import Node, Spec

Nodes = tuple[Node, ...]


def members(spec: Spec) -> list[Member]:
    """Return the nodes of a spec as `rke` speaks of them, and what it does on each."""
    return [_member(node, last=node is spec.api_nodes[0]) for node in spec.nodes]


def phases(
    spec: Spec, rke: Rke, todo: Nodes, *, living: bool, after: Iterable[Step], called: str = "", to: str = ""
) -> Iterator[Stage]:
    """Yield the phases of a run on `todo`, each of all nodes at once: `rke` decides whose turn it is.

    `after` is done on the first control plane when add-ons are deployed; on a `living` cluster workers are taken some
    at a time. `called` begins the stages' keys where a plan has several runs, `to` is put behind their titles.
    """
    window = workers_at_once(spec) if living else 1
    pace = f", {window} at a time" if living else ""
    first = spec.api_nodes[0].name
    plans = (
        ("start", f"Connections, certificates, images{to}", "nodes", todo, 90.0, 0),
        ("etcd", f"etcd{to}", "etcd nodes", _on(todo, "etcd"), 20.0, 0),
        ("controlplane", f"Control plane{to}", "control planes", _on(todo, "controlplane"), 30.0, 0),
        # rke ends at as many failed ones as it takes together.
        ("worker", f"Workers{to}{pace}", "nodes", todo, 30.0, window - 1),
    )
    for phase, title, noun, nodes, expected_s, max_failed in plans:
        names = tuple(node.name for node in nodes)
        step = Follow(rke, phase, phase, f"rke: {title}", expected_s)
        yield Stage(
            f"{called}{phase}",
            title,
            noun,
            (names,) if names else (),
            (step,),
            at_once=max(1, len(names)),
            max_failed=max_failed,
        )
    steps = (Follow(rke, "addons", "addons", "Deploy add-ons", 60.0), *after)
    yield Stage(f"{called}addons", f"Add-ons{to}", "servers", ((first,),), steps)


def workers_at_once(spec: Spec) -> int:
    """Return how many workers `rke` takes together on a living cluster: it rounds down, and takes one at least."""
    share = str(spec.rollout.workers.at_once)
    workers = len([node for node in spec.nodes if "worker" in node.planes])
    count = math.floor(workers * int(share.rstrip("%")) / 100) if share.endswith("%") else int(share)
    return min(max(count, 1), 50)


def _on(nodes: Nodes, plane: str) -> Nodes:
    return tuple(node for node in nodes if plane in node.planes)


def _member(node: Node, *, last: bool) -> Member:
    """A kubelet comes to each; add-ons are told of the `last` one's."""
    planes = {plane for plane in node.planes if plane != "worker"}
    done = {"start", "worker", *planes, *({"addons"} if last else ())}
    return Member(node.name, frozenset({node.name, node.address}), frozenset(done))
