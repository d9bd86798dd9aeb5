"""RKE1's cluster.yml as the start of a design. Source of the keys: rancher/rke release/v1.6, types/rke_types.go."""

from collections.abc import Iterable, Mapping
from typing import Any

from wizard.design.formats.fields import take_fields
from wizard.design.formats.taken import Taken, availability, strings
from wizard.design.formats.vetting import drop_unusable
from wizard.design.part import S3, SCHEDULES, SNAPSHOTS
from wizard.design.tree import Path, Tree, look, put
from wizard.spec.address import as_ip

END_OF_LIFE = (
    "RKE1 ended on 31 July 2025, and turns into nothing else in place: this is the start of a new cluster of RKE2, "
    "on new or emptied machines"
)
_SERVER_ROLES = frozenset(("etcd", "controlplane"))
_CNI = frozenset(("canal", "flannel", "calico"))
_BACKUP = ("services", "etcd", "backup_config")
_BUCKET = (*_BACKUP, "s3backupconfig")
# Where each field of the spec stands in cluster.yml.
_FIELDS: tuple[tuple[Path, Path], ...] = (
    (("cluster_name",), ("name",)),
    (("ssh_key_path",), ("ssh", "key")),
    (("services", "kube-controller", "cluster_cidr"), ("network", "cluster_cidr")),
    (("services", "kube-api", "service_cluster_ip_range"), ("network", "service_cidr")),
    (("services", "kubelet", "cluster_domain"), ("options", "server", "cluster-domain")),
    (("services", "kube-api", "service_node_port_range"), ("options", "server", "service-node-port-range")),
    ((*_BACKUP, "retention"), (*SNAPSHOTS, "retention")),
    ((*_BUCKET, "bucket_name"), (*S3, "bucket")),
    ((*_BUCKET, "endpoint"), (*S3, "endpoint")),
    ((*_BUCKET, "region"), (*S3, "region")),
    ((*_BUCKET, "folder"), (*S3, "folder")),
)
# What has no like in RKE2, or must be thought over anew.
_LEFT_OUT = {
    "kubernetes_version": "RKE2 has releases of its own; pick one",
    "system_images": "RKE2 pins its images by its release",
    "addons": "apply these manifests yourself, once the cluster is up",
    "addons_include": "apply these manifests yourself, once the cluster is up",
    "cloud_provider": "cloud providers are set by options of the spec",
    "private_registries": "registries are named anew; a password is named by its place",
    "upgrade_strategy": "how many workers go at once is asked anew",
    "dns": "RKE2 brings CoreDNS; change it by a HelmChartConfig",
    "monitoring": "RKE2 brings the metrics server",
    "authorization": "RKE2 always has RBAC",
    "restore": "a snapshot of RKE1 can't be restored into RKE2",
}
_SERVICES = ("etcd", "kube-api", "kube-controller", "scheduler", "kubelet", "kubeproxy")
_ARGUMENTS = ("extra_args", "extra_args_array", "extra_binds", "extra_env")


def is_rke1(data: Mapping[str, Any]) -> bool:
    """Tell whether a file is RKE1's: a list of nodes with lists of roles, without our version."""
    nodes = data.get("nodes")
    return isinstance(nodes, tuple) and "apiVersion" not in data and any(isinstance(one, Mapping) for one in nodes)


def take_rke1(data: Mapping[str, Any]) -> Taken:
    """Take the content of a `cluster.yml`; return what can be taken over. Secrets are left where they are."""
    taken = Taken(notes=[END_OF_LIFE])
    nodes = [one for one in data["nodes"] if isinstance(one, Mapping)]
    etcd = sum("etcd" in strings(node.get("role", ())) for node in nodes)
    taken.answer("availability", availability(etcd), "nodes")
    for number, node in enumerate(nodes):
        _take_node(node, f"nodes[{number}]", taken)
    tree: Tree = {}
    for theirs, ours in _FIELDS:
        value = look(data, theirs)
        if value not in (None, ""):
            put(tree, ours, _cidrs(value) if ours[0] == "network" else value)
    _take_network(data, tree, taken)
    _take_names(data, tree)
    _take_backup(data, tree, taken)
    _take_bastion(data, tree, taken)
    _take_pods(data, taken)
    drop_unusable(tree, taken)
    take_fields(tree, taken)
    _note_rest(data, taken)
    return taken


def _take_node(node: Mapping[str, Any], where: str, taken: Taken) -> None:
    roles = set(strings(node.get("role", ())))
    servers = bool(roles & _SERVER_ROLES)
    if roles & _SERVER_ROLES and not roles >= _SERVER_ROLES:
        taken.note(where, f"{' and '.join(sorted(roles))} alone; a server of RKE2 has etcd and the control plane")
    inner = _text(node, "internal_address")
    fields = {
        "address": _text(node, "address"),
        "name": _text(node, "hostname_override"),
        "user": _text(node, "user"),
        "port": _text(node, "port"),
        "internal_address": inner if inner != _text(node, "address") else "",
        "role": "server" if servers else "agent",
        "key": _text(node, "ssh_key_path"),
        "labels": {str(key): str(value) for key, value in _mapping(node, "labels").items()},
        "taints": tuple(_taint(one) for one in _items(node.get("taints")) if isinstance(one, Mapping)),
    }
    taken.node(fields, where)
    if node.get("ssh_key") or node.get("ssh_cert"):
        taken.note(where, "a private key in the file is not taken over; name its path")


def _take_network(data: Mapping[str, Any], tree: Tree, taken: Taken) -> None:
    plugin = _text(_mapping(data, "network"), "plugin")
    if plugin in _CNI:
        put(tree, ("network", "cni"), plugin)
    elif plugin:
        taken.note("network.plugin", f"{plugin} is none that RKE1 and RKE2 both have; pick one")
    provider = _text(_mapping(data, "ingress"), "provider")
    if provider:
        put(tree, ("ingress",), "none" if provider == "none" else "ingress-nginx")


def _take_names(data: Mapping[str, Any], tree: Tree) -> None:
    """Names in the API's certificate are where people reach it: the first name, else the first address."""
    sans = list(strings(_mapping(data, "authentication").get("sans") or ()))
    if sans:
        first = next((san for san in sans if not as_ip(san)), sans[0])
        put(tree, ("registration", "address"), first)
        if rest := [san for san in sans if san != first]:
            put(tree, ("registration", "tls_sans"), rest)


def _take_backup(data: Mapping[str, Any], tree: Tree, taken: Taken) -> None:
    hours = look(data, (*_BACKUP, "interval_hours"))
    if hours is not None:
        if str(hours) in SCHEDULES:
            put(tree, (*SNAPSHOTS, "schedule"), SCHEDULES[str(hours)])
        else:
            taken.note("services.etcd.backup_config.interval_hours", f"every {hours} hours is no choice here")
    if look(data, (*_BUCKET, "access_key")) or look(data, (*_BUCKET, "secret_key")):
        taken.note("services.etcd.backup_config.s3backupconfig", "keys are not taken over; say where they are kept")


def _take_bastion(data: Mapping[str, Any], tree: Tree, taken: Taken) -> None:
    bastion = _mapping(data, "bastion_host")
    if address := _text(bastion, "address"):
        user, port = _text(bastion, "user"), _text(bastion, "port")
        put(tree, ("ssh", "bastion"), f"{user}@" * bool(user) + address + f":{port}" * bool(port))
        if bastion.get("ssh_key"):
            taken.note("bastion_host.ssh_key", "a private key in the file is not taken over; name its path")


def _take_pods(data: Mapping[str, Any], taken: Taken) -> None:
    pods = look(data, ("services", "kubelet", "extra_args", "max-pods"))
    if pods is not None:
        taken.answer("pods_per_node", pods, "services.kubelet.extra_args.max-pods")


def _note_rest(data: Mapping[str, Any], taken: Taken) -> None:
    """Say what was not taken over."""
    for key, why in _LEFT_OUT.items():
        if data.get(key):
            taken.note(key, f"left out: {why}")
    for service in _SERVICES:
        for key in _ARGUMENTS:
            given = _mapping(_mapping(data, "services"), service).get(key)
            names = [str(name) for name in _items(given) if name != "max-pods"]
            if names:
                listed = ", ".join(names[:6])
                taken.note(f"services.{service}.{key}", f"left out, set them by options of the spec: {listed}")


def _cidrs(value: object) -> list[str]:
    return [part.strip() for text in strings(value) for part in text.split(",")]


def _taint(taint: Mapping[str, Any]) -> str:
    key, value, effect = (_text(taint, name) for name in ("key", "value", "effect"))
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def _items(value: object) -> Iterable[Any]:
    return value if isinstance(value, Mapping | tuple) else ()


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
