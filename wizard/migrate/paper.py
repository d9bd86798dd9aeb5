"""The plan of a migration, written: as Markdown for people, as JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from wizard.design.amount import count
from wizard.markdown import escaped
from wizard.migrate.inventory import Inventory
from wizard.migrate.new_spec import shape
from wizard.migrate.old import PODS, SERVICES, OldNode
from wizard.migrate.plan import Migration
from wizard.profiles import profile

NOT_IN_PLACE = (
    "Nothing is turned over in place: RKE2's maintainers do not support it, and there is no way back from it "
    "(rancher/rke2 issue 562). The new cluster stands beside the old one until the last move."
)


def record(plan: Migration) -> dict[str, Any]:
    """Return the plan for a program; no secret is in it."""
    return {
        "cluster": plan.old.name,
        "version": plan.old.config.version,
        "in_place": False,
        "notice": profile("rke1/end_of_life")["note"],
        "sources": [source.record() for source in plan.sources],
        "nodes": [_node_record(node) for node in plan.old.nodes],
        "networks": {"pods": list(plan.old.networks(PODS)), "services": list(plan.old.networks(SERVICES))},
        "inventory": asdict(plan.found),
        "settings": [one.record() for one in plan.settings],
        "removed_apis": list(plan.removed),
        "new": {
            "name": plan.new.spec.name,
            "version": plan.new.spec.version,
            "servers": len(plan.new.spec.servers),
            "agents": len(plan.new.spec.agents),
            "pods": list(plan.new.spec.network.cluster_cidr),
            "services": list(plan.new.spec.network.service_cidr),
            "notes": list(plan.new.notes),
        },
        "moves": [move.record() for move in plan.moves],
    }


def _node_record(node: OldNode) -> dict[str, Any]:
    return {
        "name": node.name,
        "addresses": list(node.addresses),
        "roles": sorted(node.roles),
        "labels": dict(node.labels),
        "taints": list(node.taints),
    }


def markdown(plan: Migration) -> str:
    """Return the plan for people."""
    return "\n".join(_lines(plan)) + "\n"


def as_json(plan: Migration) -> str:
    """Return the plan for programs."""
    return json.dumps(record(plan), indent=2) + "\n"


def _lines(plan: Migration) -> Iterator[str]:
    old = plan.old
    yield f"# From RKE1 to RKE2: {escaped(old.name)}"
    yield ""
    yield f"{profile('rke1/end_of_life')['note']} {NOT_IN_PLACE}"
    yield from _table(
        "What was read",
        ("What", "Where", "Came of it"),
        (
            (source.name, source.place, source.said if source.read else f"**not read**: {escaped(source.said)}")
            for source in plan.sources
        ),
        raw=(2,),
    )
    yield from _inventory(plan)
    yield from _table(
        "Settings",
        ("cluster.yml", "says", "RKE2", "how", "why"),
        ((one.at, one.says, one.rke2, one.words, one.why) for one in plan.settings),
    )
    yield from _bullets("Kubernetes' own APIs that end on the way", plan.removed)
    yield from _new_cluster(plan)
    yield from _moves(plan)


def _new_cluster(plan: Migration) -> Iterator[str]:
    old, new = plan.old, plan.new.spec
    yield from ("", "## The new cluster", "")
    servers, agents, rest = shape(old)
    yield f"{count(len(servers), 'server')} for {_names(servers)}, {count(len(agents), 'agent')} for {_names(agents)}."
    if rest:
        yield f"No machine for {_names(rest)}."
    for what, ours, path in (
        ("Pods", new.network.cluster_cidr, PODS),
        ("Services", new.network.service_cidr, SERVICES),
    ):
        yield f"{what} in {', '.join(ours)}; before in {escaped(', '.join(old.networks(path)))}."
    yield from _table("New machines", ("Name", "Address", "In the place of", "As large as"), _machines(plan))
    yield from _bullets("Left out of it", plan.new.notes)


def _moves(plan: Migration) -> Iterator[str]:
    yield from (
        "",
        "## Moves",
        "",
        "In this order. The old cluster serves until the balancer and the names are turned.",
    )
    for number, move in enumerate(plan.moves, 1):
        yield from ("", f"### {number}. {escaped(move.title)}", "")
        yield from (f"- {escaped(line)}" for line in move.do)
        yield from ("", f"Proven by: {escaped(move.prove)}", "", f"Way back: {escaped(move.back)}")


def _inventory(plan: Migration) -> Iterator[str]:
    found, old = plan.found, plan.old
    yield from _old_machines(plan)
    plugin, ingress = (escaped(old.config.text(path)) for path in ("network.plugin", "ingress.provider"))
    yield f"\nKubernetes {escaped(old.config.version or 'not pinned')}, network {plugin}, ingress {ingress}."
    yield from _bullets("`rke` itself finds fault with the file", old.doubts)
    yield from _bullets("Storage classes", found.storage_classes)
    yield from _table(
        "Volumes",
        ("Volume", "Claim", "Kind", "Size", "Only on"),
        (
            (
                volume.name,
                volume.claim,
                volume.kind,
                volume.size,
                volume.node or ("its node" if volume.bound_to_node else ""),
            )
            for volume in found.volumes
        ),
    )
    yield from _bullets(
        "Workloads by namespace", (f"{name}: {count}" for name, count in sorted(found.workloads.items()))
    )
    yield from _bullets("Workloads pinned to nodes", (f"{one.name} {one.why}" for one in found.pinned))
    yield from _bullets("What needs Docker", (f"{one.name} {one.why}" for one in found.docker))
    yield from _bullets("What mounts folders of its node", (f"{one.name} {one.why}" for one in found.host_paths))
    yield from _bullets("Disruption budgets that let nobody go", found.budgets)
    yield from _bullets("Services reached from outside", found.balancers)
    yield from _bullets("Host names of ingresses", found.hosts)
    yield from _bullets("Custom resources", (f"{group}: {count}" for group, count in sorted(found.crds.items())))
    yield from _bullets("Webhooks that stop the API while they do not answer", found.webhooks)
    yield from _bullets("Add-ons", found.addons)
    for thing in found.things:
        yield from _bullets(thing.title, thing.items)
        yield from ("", f"With RKE2: {escaped(thing.becomes)}", "", f"Way back: {escaped(thing.back)}")
    if found.rancher:
        yield f"\nRancher {escaped(found.rancher)} runs in it."


def _old_machines(plan: Migration) -> Iterator[str]:
    found, old = plan.found, plan.old
    yield from _table(
        "Machines",
        ("Node", "Addresses", "Roles", "Labels and taints", "As the API sees it"),
        (
            (
                node.name,
                ", ".join(node.addresses),
                ", ".join(sorted(node.roles)),
                ", ".join((*(f"{key}={value}" for key, value in node.labels.items()), *node.taints)),
                _seen(found, node.name),
            )
            for node in old.nodes
        ),
    )


def _machines(plan: Migration) -> Iterator[tuple[str, str, str, str]]:
    """Yield each new machine with the old one that it stands for, and how large that one is where the API said it."""
    servers, agents, _ = shape(plan.old)
    spec, sizes = plan.new.spec, {member.name: f"{member.cpus} CPUs, {member.memory}" for member in plan.found.members}
    for node, before in zip((*spec.servers, *spec.agents), (*servers, *agents), strict=True):
        yield node.name, node.address, before.name, sizes.get(before.name, "")


def _seen(found: Inventory, name: str) -> str:
    member = next((one for one in found.members if one.name == name), None)
    if member is None:
        return ""
    ready = "Ready" if member.ready else "not Ready"
    return f"{ready}, {member.kubelet}, {member.runtime}, {member.system}, {member.cpus} CPUs, {member.memory}"


def _names(nodes: Sequence[OldNode]) -> str:
    names = [escaped(node.name) for node in nodes]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "nobody"


def _bullets(title: str, items: Any) -> Iterator[str]:
    listed = list(items)
    if listed:
        yield from ("", f"## {title}", "", *(f"- {escaped(str(item))}" for item in listed))


def _table(title: str, head: Sequence[str], rows: Any, raw: Sequence[int] = ()) -> Iterator[str]:
    listed = list(rows)
    if not listed:
        return
    yield from ("", f"## {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}")
    for row in listed:
        cells = (cell if place in raw and "**" in cell else escaped(cell) for place, cell in enumerate(row))
        yield f"| {' | '.join(cells)} |"
