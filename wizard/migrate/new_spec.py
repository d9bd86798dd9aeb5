"""The spec of a new cluster of RKE2 beside the old one: as many machines, networks of its own, valid by our rules."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.design.formats.taken import Taken
from wizard.design.formats.vetting import drop_unusable
from wizard.design.question import questions
from wizard.design.tree import Path, Tree, put
from wizard.design.yaml_text import block, comment
from wizard.errors import BadUsage
from wizard.migrate.networks import Free
from wizard.migrate.old import PODS, SERVICES, Old, OldNode
from wizard.spec.address import Network
from wizard.spec.load import read_spec
from wizard.spec.models import Spec

_TAINT = "CriticalAddonsOnly=true:NoExecute"
_CNI = ("canal", "calico", "flannel", "none")
_LONGEST = 40  # of a cluster's name, so that the new one has room
_BACKUP = "services.etcd.backup_config"
_BUCKET = f"{_BACKUP}.s3backupconfig"
_SCHEDULES = {1: "0 * * * *", 24: "0 0 * * *"} | {hours: f"0 */{hours} * * *" for hours in (2, 3, 4, 6, 8, 12)}
_OWN_LABELS = ("node-role.kubernetes.io/", "kubernetes.io/hostname", "beta.kubernetes.io/")
_HEAD = (
    "The new cluster beside {name}, written by `rancher-wizard migrate plan`; nothing of the old one is changed.",
    "Its networks share no address with the old cluster's, so that both can be routed while workloads move.",
)
_NOTES: dict[Path, str] = {
    ("version",): "Pinned. APIs that are gone between the two: see plan.md.",
    ("nodes",): "As many as the old cluster has, by its roles.",
    ("network",): "Free of the old cluster's networks and addresses. Fixed for the life of the cluster.",
    (
        "registration",
    ): "Names of the old API, so that they can be moved over; give `address` a name of the new cluster.",
    ("etcd",): "As before, in a folder of its own: neither cluster deletes the other's snapshots.",
}
_FILL_IN = "The addresses are made up, and lead nowhere: put those of the new machines in their place, or --addresses."


@dataclass(frozen=True, slots=True)
class NewSpec:
    """The text of the spec, what it holds, and what could not be taken into it."""

    text: str
    spec: Spec
    notes: tuple[str, ...]


def new_spec(old: Old, addresses: Sequence[str] = (), avoid: Sequence[str] = ()) -> NewSpec:
    """Return the spec for `old`. `addresses` are the new machines', servers first; `avoid` are networks in use.

    Raises BadUsage where no network is free, BadSpec where an address can't be used.
    """
    taken = Taken()
    _refuse_wrong(old, addresses)
    nodes = list(_nodes(old, addresses, taken))
    tree: Tree = {
        "apiVersion": "rancher-wizard/v1",
        "name": _name(old.name),
        "distribution": "rke2",
        "version": str(questions()["version"].default),
    }
    own: Tree = {}
    _settings(old, own, taken)
    # What lies in a file of somebody else may be anything: left out with a note where our rules refuse it.
    drop_unusable(own, taken)
    outside = (*addresses, *avoid, *own.get("registration", {}).get("tls_sans", ()))
    cidrs = _networks(old, nodes, outside, taken)
    own["network"] = {**own.get("network", {}), **cidrs}
    whole = {**tree, "nodes": nodes, **own}
    ordered = {field: whole[field] for field in Spec.model_fields if whole.get(field) not in (None, {}, [])}
    addressed = len(addresses) == len(nodes)
    text = _head(old, addressed) + block(ordered, _comments(ordered, addressed))
    return NewSpec(text, read_spec(text.encode(), name="cluster.yaml").spec, tuple(taken.notes))


def shape(old: Old) -> tuple[list[OldNode], list[OldNode], list[OldNode]]:
    """Return the old machines that servers stand for, those that agents do, and those that have no successor."""
    servers = [node for node in old.nodes if "etcd" in node.roles]
    agents = [node for node in old.nodes if "etcd" not in node.roles and "worker" in node.roles]
    rest = [node for node in old.nodes if node not in servers and node not in agents]
    # A file that `rke` would refuse may name no member of etcd; a cluster has one all the same.
    return servers or rest[:1] or agents[:1], agents if servers or rest else agents[1:], rest if servers else rest[1:]


def _refuse_wrong(old: Old, addresses: Sequence[str]) -> None:
    servers, agents, _ = shape(old)
    wanted = len(servers) + len(agents)
    if len(addresses) > wanted:
        raise BadUsage(
            f"{len(addresses)} addresses for {wanted} new machines",
            hint=f"One a line: {len(servers)} of servers, then {len(agents)} of agents.",
        )
    theirs = {address.lower(): node.name for node in old.nodes for address in node.addresses}
    for address in addresses:
        if address.lower() in theirs:
            raise BadUsage(
                f"{address} is the old cluster's {theirs[address.lower()]}",
                hint="The new cluster stands beside the old one, on machines of its own.",
            )


def _name(old: str) -> str:
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in old.lower())[:_LONGEST].strip("-")
    return f"{kept or 'cluster'}-rke2"


def _nodes(old: Old, addresses: Sequence[str], taken: Taken) -> Iterator[dict[str, Any]]:
    servers, agents, rest = shape(old)
    apart = any("worker" not in node.roles for node in servers) and bool(agents)
    given = iter(addresses)
    for role, machines in (("server", servers), ("agent", agents)):
        for number, machine in enumerate(machines, 1):
            name = f"{role}-{number}"
            node: dict[str, Any] = {"name": name, "address": next(given, f"{name}.invalid"), "role": role}
            fields: Tree = {"labels": _labels(machine.labels), "taints": list(machine.taints)}
            if role == "server" and apart and "worker" not in machine.roles:
                fields["taints"] = list(dict.fromkeys((*fields["taints"], _TAINT)))
            yield node | _usable(fields, machine.name, taken)
    if rest:
        names = ", ".join(node.name for node in rest[:5])
        taken.note("nodes", f"{names}: a control plane of its own has no machine; servers of RKE2 have it too")


def _usable(fields: Tree, name: str, taken: Taken) -> Tree:
    """Return labels and taints that our rules take, one by one."""
    kept: Tree = {}
    labels = {key: value for key, value in fields["labels"].items() if _fits({"labels": {key: value}}, name, taken)}
    taints = [taint for taint in fields["taints"] if _fits({"taints": [taint]}, name, taken)]
    if labels:
        kept["labels"] = labels
    if taints:
        kept["taints"] = taints
    return kept


def _fits(field: Tree, name: str, taken: Taken) -> bool:
    from pydantic import ValidationError

    from wizard.spec.models import Node

    try:
        Node.model_validate(
            {"name": "a", "address": "192.0.2.1", "role": "agent", **{k: _frozen(v) for k, v in field.items()}}
        )
    except ValidationError:
        taken.note(name, f"{next(iter(field))} {next(iter(field.values()))!r} can't be taken over; left out")
        return False
    return True


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if not key.startswith(_OWN_LABELS)}


def _settings(old: Old, tree: Tree, taken: Taken) -> None:
    """Lay what can be taken over into the fields of our spec."""
    config = old.config
    plugin = config.text("network.plugin")
    put(tree, ("network", "cni"), plugin if plugin in _CNI else "canal")
    if plugin not in _CNI:
        taken.note("network.plugin", f"{plugin} is no plug-in of RKE2; canal takes its place")
    put(tree, ("ingress",), "none" if config.text("ingress.provider") == "none" else "ingress-nginx")
    if sans := [str(san) for san in config.raw("authentication.sans") or () if isinstance(san, str)]:
        put(tree, ("registration", "tls_sans"), list(dict.fromkeys(sans)))
    _options(old, tree)
    _snapshots(old, tree, taken)
    _login(old, tree)
    for registry in config.raw("private_registries") or ():
        if isinstance(registry, Mapping) and registry.get("is_default") and registry.get("url"):
            put(tree, ("registries", "system_default_registry"), _without_login(str(registry["url"])))
    if at_once := config.text("upgrade_strategy.max_unavailable_worker"):
        put(tree, ("rollout", "workers", "at_once"), int(at_once) if at_once.isdecimal() else at_once)


def _options(old: Old, tree: Tree) -> None:
    domain = old.config.text("services.kubelet.cluster_domain")
    ports = old.config.text("services.kube-api.service_node_port_range")
    if domain and domain != "cluster.local":
        put(tree, ("options", "server", "cluster-domain"), domain)
    if ports and ports != "30000-32767":
        put(tree, ("options", "server", "service-node-port-range"), ports)
    pods = old.config.text("services.kubelet.extra_args.max-pods")
    if pods.isdecimal():
        for role in ("server", "agent"):
            put(tree, ("options", role, "kubelet-arg"), [f"max-pods={pods}"])


def _snapshots(old: Old, tree: Tree, taken: Taken) -> None:
    config, path = old.config, ("etcd", "snapshots")
    hours, kept = config.raw(f"{_BACKUP}.interval_hours"), config.raw(f"{_BACKUP}.retention")
    if isinstance(hours, int) and hours in _SCHEDULES:
        put(tree, (*path, "schedule"), _SCHEDULES[hours])
    elif hours is not None:
        taken.note(
            f"{_BACKUP}.interval_hours", f"every {hours} hours is no time of the day; RKE2's own takes its place"
        )
    if isinstance(kept, int) and not isinstance(kept, bool) and kept > 0:
        put(tree, (*path, "retention"), kept)
    if not config.text(f"{_BUCKET}.bucket_name"):
        return
    bucket = {key: _without_login(config.text(f"{_BUCKET}.{theirs}")) for key, theirs in _OF_BUCKET.items()}
    put(tree, (*path, "s3"), {key: value for key, value in bucket.items() if value})
    folder = config.text(f"{_BUCKET}.folder")
    put(tree, (*path, "s3", "folder"), f"{folder.strip('/')}-rke2" if folder else "rke2")
    taken.note(_BUCKET, "keys are not taken over; name their places in etcd.snapshots.s3")


def _without_login(url: str) -> str:
    scheme, separator, rest = url.rpartition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


_OF_BUCKET = {"bucket": "bucket_name", "endpoint": "endpoint", "region": "region"}


def _login(old: Old, tree: Tree) -> None:
    users, ports = {node.user for node in old.nodes}, {node.port for node in old.nodes}
    if len(users) == 1 and "" not in users:
        put(tree, ("ssh", "user"), users.pop())
    if len(ports) == 1 and None not in ports:
        put(tree, ("ssh", "port"), ports.pop())
    if key := old.config.text("ssh_key_path"):
        put(tree, ("ssh", "key"), key)


def _networks(old: Old, nodes: Sequence[Mapping[str, Any]], avoid: Sequence[str], taken: Taken) -> Tree:
    pods = _of_families(old, PODS, (4,), taken)
    families = tuple(network.version for network in pods)
    services = _of_families(old, SERVICES, families, taken)
    machines = [address for node in old.nodes for address in node.addresses]
    free = Free((*old.networks(PODS), *old.networks(SERVICES), *machines, *avoid))
    return {"cluster_cidr": list(free.pods(pods, len(nodes))), "service_cidr": list(free.services(services))}


def _of_families(old: Old, path: str, families: Sequence[int], taken: Taken) -> tuple[Network, ...]:
    """Return the old networks at a path, one a family; services have those of the pods, in their order."""
    found: dict[int, Network] = {}
    for text in old.networks(path):
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            taken.note(path, f"{text} is no network")
        else:
            found.setdefault(network.version, network)
    order = families if path == SERVICES else tuple(found) or families
    return tuple(found.get(family) or ipaddress.ip_network(_USUAL[path, family]) for family in order)


_USUAL = {(PODS, 4): "10.42.0.0/16", (SERVICES, 4): "10.43.0.0/16", (SERVICES, 6): "fd00:43::/112"}


def _head(old: Old, addressed: bool) -> str:
    lines = [comment(text.format(name=old.name)) for text in _HEAD]
    return "".join((*lines, *(() if addressed else (comment(_FILL_IN),)), "\n"))


def _comments(tree: Mapping[str, Any], addressed: bool) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for field in list(tree)[4:]:
        found[(field,)] = "\n" + comment(_NOTES[(field,)]) if (field,) in _NOTES else "\n"
    if not addressed:
        found[("nodes",)] += comment(_FILL_IN)
    found[("version",)] = comment(_NOTES[("version",)])
    return found
