"""The whole plan of a migration: read, judged, and written as Markdown, JSON and a spec."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.distros.rke1.treasure import read_state_file
from wizard.errors import WizardError
from wizard.markdown import escaped
from wizard.migrate.ask import Answers, ask
from wizard.migrate.inventory import Inventory, gone, inventory
from wizard.migrate.mapping import Mapped, mapped
from wizard.migrate.moves import Move, moves
from wizard.migrate.new_spec import NewSpec, new_spec, shape
from wizard.migrate.old import PODS, SERVICES, Old, OldNode

NOT_IN_PLACE = (
    "Nothing is turned over in place: RKE2's maintainers do not support it, and there is no way back from it "
    "(rancher/rke2 issue 562). The new cluster stands beside the old one until the last move."
)


@dataclass(frozen=True, slots=True)
class Source:
    """One of the things that are read, and what came of it."""

    name: str
    place: str
    read: bool
    said: str

    def record(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Migration:
    """All that is known and proposed."""

    old: Old
    new: NewSpec
    found: Inventory
    sources: tuple[Source, ...]
    settings: tuple[Mapped, ...]
    removed: tuple[str, ...]
    moves: tuple[Move, ...]


def migration(
    old: Old,
    *,
    rkestate: Path | None = None,
    kubeconfig: Path | None = None,
    kubectl: str = "kubectl",
    asked: Answers | None = None,
    addresses: Sequence[str] = (),
    avoid: Sequence[str] = (),
) -> Migration:
    """Read what else is there of an RKE1 cluster, each if it is there, and plan the way out.

    `asked` are the API's answers where it was asked already. Raises BadSpec, BadUsage as `new_spec`.
    """
    path = old.path
    of_state = _state(old, rkestate or _beside(old, f"{path.stem}.rkestate"))
    place = kubeconfig or _beside(old, f"kube_config_{path.name}")
    answers, of_api = _asked(asked, "a node's connection") if asked else _api(place, kubectl)
    found = inventory(answers)
    new = new_spec(old, addresses, (*avoid, *found.addresses))
    removed = gone(old.config.version, new.spec.version) if old.config.minor else ()
    said = f"{len(old.nodes)} nodes, {old.config.version or 'no version pinned'}"
    first = Source("cluster.yml" if old.spec is None else "spec of RKE1", str(path), True, said)
    sources = (first, of_state, of_api, *_partly(answers))
    settings = mapped(old.config.document.value)
    return Migration(old, new, found, sources, settings, removed, moves(old, found, removed))


def _beside(old: Old, name: str) -> Path:
    """Where rke leaves its files: beside cluster.yml; for a spec in the wizard's own folder."""
    if old.spec is None:
        return old.path.with_name(name)
    from wizard.site import state_path

    own = state_path(old.name)
    return own / "kubeconfig" if name.startswith("kube_config") else own / "rke1" / "cluster.rkestate"


def _state(old: Old, path: Path) -> Source:
    try:
        state = read_state_file(path)
    except WizardError as error:
        return Source("rkestate", str(path), False, error.message)
    if state is None:
        return Source("rkestate", str(path), False, "it is not there")
    known = {address for node in old.nodes for address in node.addresses}
    said = f"CA {state.ca[:16]}…, {state.version}, {len(state.addresses)} nodes"
    if strangers := sorted(set(state.addresses) - known):
        said += f"; not in the configuration: {', '.join(strangers[:5])}"
    if not state.built:
        said += "; no control plane was ever up with it"
    return Source("rkestate", str(path), True, said)


def _api(kubeconfig: Path, kubectl: str) -> tuple[Answers, Source]:
    if not kubeconfig.is_file():
        return Answers(), Source("API", str(kubeconfig), False, "there is no kubeconfig; name one by --kubeconfig")
    return _asked(ask(kubeconfig, kubectl), str(kubeconfig))


def _asked(answers: Answers, place: str) -> tuple[Answers, Source]:
    if "api" in answers.failed:
        return answers, Source("API", place, False, answers.failed["api"])
    return answers, Source("API", place, True, f"{len(answers.of('nodes'))} nodes")


def _partly(answers: Answers) -> Iterator[Source]:
    for kind, why in answers.failed.items():
        if kind != "api":
            yield Source(f"API: {kind}", "", False, why)


def record(plan: Migration) -> dict[str, Any]:
    """Return the plan for a program; no secret is in it."""
    from wizard.profiles import profile

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
    from wizard.profiles import profile

    old, new = plan.old, plan.new.spec
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
    yield from ("", "## The new cluster", "")
    servers, agents, rest = shape(old)
    yield f"{len(new.servers)} servers for {_names(servers)}, {len(new.agents)} agents for {_names(agents)}."
    if rest:
        yield f"No machine for {_names(rest)}."
    for what, ours, path in (
        ("Pods", new.network.cluster_cidr, PODS),
        ("Services", new.network.service_cidr, SERVICES),
    ):
        yield f"{what} in {', '.join(ours)}; before in {escaped(', '.join(old.networks(path)))}."
    yield from _table("New machines", ("Name", "Address", "In the place of", "As large as"), _machines(plan))
    yield from _bullets("Left out of it", plan.new.notes)
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
    if found.rancher:
        yield f"\nRancher {escaped(found.rancher)} runs in it."


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
