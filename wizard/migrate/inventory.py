"""What there is in the old cluster that a move must mind; pure, from what its API said."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wizard.migrate.ask import Answers
from wizard.migrate.objects import SYSTEM, at, maps, name_of, space, text, texts
from wizard.migrate.things import Thing, things
from wizard.plain import plain
from wizard.profiles import profile

_HOST = "kubernetes.io/hostname"
_OWN_GROUPS = ("projectcalico.org", "k8s.io", "coreos.com/etcd")
_RANCHER = ("cattle-system", "rancher")
_ONE_NODE = ("hostPath", "local")


@dataclass(frozen=True, slots=True)
class Volume:
    """A persistent volume; `node` is set where its data lie on one machine alone."""

    name: str
    kind: str
    """csi driver, nfs, hostPath, local …"""
    storage_class: str
    size: str
    claim: str
    node: str

    @property
    def bound_to_node(self) -> bool:
        """Whether its data are on a machine's own disk."""
        return self.kind in _ONE_NODE


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet as `kind namespace/name`, and what is special about it."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the API sees it."""

    name: str
    ready: bool
    kubelet: str
    runtime: str
    system: str
    arch: str
    cpus: str
    memory: str
    labels: tuple[str, ...]
    taints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All of it; empty where the API was not asked."""

    members: tuple[Member, ...] = ()
    storage_classes: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    workloads: Mapping[str, int] = field(default_factory=dict)
    """How many there are by namespace, those of the system left out."""
    pinned: tuple[Workload, ...] = ()
    docker: tuple[Workload, ...] = ()
    """What mounts Docker's socket or folder."""
    host_paths: tuple[Workload, ...] = ()
    budgets: tuple[str, ...] = ()
    """Disruption budgets that let nobody go now."""
    balancers: tuple[str, ...] = ()
    """Services of type LoadBalancer or NodePort: what must be led over."""
    hosts: tuple[str, ...] = ()
    """Host names of ingresses."""
    crds: Mapping[str, int] = field(default_factory=dict)
    """How many kinds by group, Kubernetes' own left out."""
    webhooks: tuple[str, ...] = ()
    """Those that stop the API while they do not answer."""
    aggregated: tuple[str, ...] = ()
    """API services that pods answer for."""
    rancher: str = ""
    """Its version, "" where there is none."""
    addons: tuple[str, ...] = ()
    things: tuple[Thing, ...] = ()
    addresses: tuple[str, ...] = ()
    """Addresses and networks that are in use: of nodes, their pods, and services."""

    def of(self, kind: str) -> tuple[str, ...]:
        """Return what there is of a kind of profiles/migrate.yaml."""
        return next((thing.items for thing in self.things if thing.kind == kind), ())

    @property
    def on_nodes(self) -> tuple[Volume, ...]:
        """Volumes whose data must be carried by hand."""
        return tuple(volume for volume in self.volumes if volume.bound_to_node)


def inventory(said: Answers) -> Inventory:
    """Return what the API's answers come to; never raises, whatever stands in an object."""
    workloads = [one for kind in ("deployments", "statefulsets", "daemonsets") for one in said.of(kind)]
    return Inventory(
        members=tuple(map(_member, said.of("nodes"))),
        storage_classes=tuple(map(_class, said.of("storageclasses"))),
        volumes=tuple(map(_volume, said.of("volumes"))),
        workloads=dict(Counter(space(one) for one in workloads if space(one) not in SYSTEM)),
        pinned=tuple(_pinned(workloads)),
        docker=tuple(_mounting(workloads, ("/var/run/docker.sock", "/run/docker.sock", "/var/lib/docker"))),
        host_paths=tuple(_mounting([one for one in workloads if space(one) not in SYSTEM], ("/",), no=("docker",))),
        budgets=tuple(_tight(said.of("budgets"))),
        balancers=tuple(_led(said.of("services"))),
        hosts=tuple(dict.fromkeys(_hosts(said.of("ingresses")))),
        crds=dict(Counter(group for one in said.of("crds") if (group := _group(one)))),
        webhooks=tuple(_hard((*said.of("validating"), *said.of("mutating")))),
        aggregated=tuple(text(one, "metadata", "name") for one in said.of("apiservices") if at(one, "spec", "service")),
        rancher=_rancher(workloads),
        things=things(said),
        addresses=tuple(dict.fromkeys((*_of_nodes(said.of("nodes")), *_of_services(said.of("services"))))),
        addons=tuple(sorted({name_of(one) for one in workloads if space(one) in SYSTEM})),
    )


def gone(version: str, target: str) -> tuple[str, ...]:
    """Return the versions of the API that end between two minors, as profiles/kubernetes/removed_apis.yaml has them."""
    low, high = _minor(version), _minor(target)
    return tuple(
        f"{row['group']}/{row['version']} ({', '.join(row['resources'])}) ended with {row['removed']}: {row['instead']}"
        for row in profile("kubernetes/removed_apis")
        if low < _minor(row["removed"]) <= high
    )


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.removeprefix("v").split(".")[:2])


def _member(one: Mapping[str, Any]) -> Member:
    conditions = at(one, "status", "conditions") or ()
    ready = any(text(each, "type") == "Ready" and text(each, "status") == "True" for each in maps(conditions))
    labels = at(one, "metadata", "labels")
    own = [f"{key}={value}" for key, value in labels.items()] if isinstance(labels, Mapping) else []
    taints = [
        f"{text(each, 'key')}={text(each, 'value')}:{text(each, 'effect')}" for each in maps(at(one, "spec", "taints"))
    ]
    info = ("status", "nodeInfo")
    return Member(
        name=text(one, "metadata", "name"),
        ready=ready,
        kubelet=text(one, *info, "kubeletVersion"),
        runtime=text(one, *info, "containerRuntimeVersion"),
        system=text(one, *info, "osImage"),
        arch=text(one, *info, "architecture"),
        cpus=text(one, "status", "capacity", "cpu"),
        memory=text(one, "status", "capacity", "memory"),
        labels=tuple(plain(label) for label in own if "kubernetes.io/" not in label and "rke.cattle.io" not in label),
        taints=tuple(taints),
    )


def _class(one: Mapping[str, Any]) -> str:
    notes = at(one, "metadata", "annotations")
    default = isinstance(notes, Mapping) and notes.get("storageclass.kubernetes.io/is-default-class") == "true"
    return f"{text(one, 'metadata', 'name')} ({text(one, 'provisioner')}{', default' if default else ''})"


def _volume(one: Mapping[str, Any]) -> Volume:
    spec = at(one, "spec")
    spec = spec if isinstance(spec, Mapping) else {}
    sources = ("csi", *_ONE_NODE, "nfs", "iscsi", "fc", "rbd", "cephfs", "awsElasticBlockStore", "azureDisk")
    kind = next(
        (source for source in (*sources, "vsphereVolume", "gcePersistentDisk", "flexVolume") if source in spec), ""
    )
    driver = text(one, "spec", "csi", "driver")
    claim = f"{text(one, 'spec', 'claimRef', 'namespace')}/{text(one, 'spec', 'claimRef', 'name')}".strip("/")
    return Volume(
        name=text(one, "metadata", "name"),
        kind=f"csi {driver}" if kind == "csi" else kind or "unknown",
        storage_class=text(one, "spec", "storageClassName"),
        size=text(one, "spec", "capacity", "storage"),
        claim=claim,
        node=", ".join(_terms(at(one, "spec", "nodeAffinity", "required"))),
    )


def _pinned(workloads: Sequence[Mapping[str, Any]]) -> Iterator[Workload]:
    for one in workloads:
        pod = at(one, "spec", "template", "spec")
        if not isinstance(pod, Mapping) or space(one) in SYSTEM:
            continue
        selector = pod.get("nodeSelector")
        host = str(selector[_HOST]) if isinstance(selector, Mapping) and selector.get(_HOST) else ""
        needs = at(pod, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        where = text(pod, "nodeName") or host or ", ".join(_terms(needs))
        if where:
            yield Workload(name_of(one), f"runs on {plain(where)[:120]} alone")
        elif isinstance(selector, Mapping) and selector:
            pairs = ", ".join(f"{key}={value}" for key, value in selector.items() if key != "kubernetes.io/os")
            if pairs:
                yield Workload(name_of(one), f"wants nodes with {plain(pairs)[:120]}")


def _terms(needs: Any) -> Iterator[str]:
    """Yield the host names that an affinity asks for."""
    for term in maps(at(needs, "nodeSelectorTerms")):
        for each in maps(term.get("matchExpressions")):
            if text(each, "key") == _HOST:
                yield from texts(each.get("values"))


def _mounting(
    workloads: Sequence[Mapping[str, Any]], places: Sequence[str], no: Sequence[str] = ()
) -> Iterator[Workload]:
    for one in workloads:
        paths = [text(each, "hostPath", "path") for each in maps(at(one, "spec", "template", "spec", "volumes"))]
        found = [path for path in paths if path.startswith(tuple(places)) and not any(word in path for word in no)]
        if found:
            yield Workload(name_of(one), f"mounts {', '.join(dict.fromkeys(found))} of its node")


def _tight(budgets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in budgets:
        if at(one, "status", "disruptionsAllowed") == 0 and at(one, "status", "expectedPods") not in (0, None):
            yield f"{space(one)}/{text(one, 'metadata', 'name')}"


def _led(services: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in services:
        kind = text(one, "spec", "type")
        if kind in ("LoadBalancer", "NodePort"):
            ports = [str(each.get("nodePort")) for each in maps(at(one, "spec", "ports")) if each.get("nodePort")]
            place = f"{space(one)}/{text(one, 'metadata', 'name')}"
            yield f"{place} ({kind}{', ' * bool(ports)}{', '.join(ports)})"


def _of_nodes(nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in nodes:
        yield from (text(each, "address") for each in maps(at(one, "status", "addresses")))
        yield from texts(at(one, "spec", "podCIDRs"))


def _of_services(services: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in services:
        yield from texts(at(one, "spec", "clusterIPs"))
        yield from texts(at(one, "spec", "externalIPs"))
        yield from (text(each, "ip") for each in maps(at(one, "status", "loadBalancer", "ingress")))


def _hosts(ingresses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in ingresses:
        yield from (host for rule in maps(at(one, "spec", "rules")) if (host := text(rule, "host")))


def _group(one: Mapping[str, Any]) -> str:
    group = text(one, "spec", "group")
    return "" if group.endswith(_OWN_GROUPS) else group


def _hard(configurations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in configurations:
        hooks = [hook for hook in maps(one.get("webhooks")) if text(hook, "failurePolicy") != "Ignore"]
        if hooks:
            yield f"{text(one, 'metadata', 'name')} ({len(hooks)})"


def _rancher(workloads: Sequence[Mapping[str, Any]]) -> str:
    for one in workloads:
        if (space(one), text(one, "metadata", "name")) == _RANCHER:
            images = [text(each, "image") for each in maps(at(one, "spec", "template", "spec", "containers"))]
            chart = text(one, "metadata", "labels", "chart").removeprefix("rancher-")
            told = f"v{chart}" if chart else "of an unknown version"
            return next((image.rpartition(":")[2] for image in images if "/rancher:" in image), told)
    return ""
