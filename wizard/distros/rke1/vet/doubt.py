"""What `rke` takes in a cluster.yml, and what comes of it.

Sources: rancher/rke release/v1.6 as named at each; rancher/rke-tools main.go for snapshots.
"""

from collections.abc import Callable, Iterator
from typing import Any

from wizard.distros.rke1.vet.config import Config, path_of, roles, word
from wizard.distros.rke1.vet.shape import unknown_keys
from wizard.spec import rke1_version
from wizard.spec.address import as_ip, cidr, holds, networks, overlapping, same_form
from wizard.spec.problem import Path, Problem, quoted
from wizard.spec.release import RKE1_VERSION, SURPRISE
from wizard.spec.rke1_backup import WISE_HOURS

_ETCD: Path = ("services", "etcd")
_BACKUP = "services.etcd.backup_config"
_PODS = "services.kube-controller.cluster_cidr"
_SERVICES = "services.kube-api.service_cluster_ip_range"
_SHORT_TIMEOUT_S = 45
_RESERVED = ("node-role.kubernetes.io/etcd", "node-role.kubernetes.io/controlplane")


def doubts(config: Config) -> Iterator[Problem]:
    """Yield what should not be left so, though `rke` takes it."""
    for look in _LOOKS:
        yield from look(config)
    yield from unknown_keys(config)
    yield from config.document.problems


def _version(config: Config) -> Iterator[Problem]:
    path, version = ("kubernetes_version",), config.version
    if not version:
        yield Problem(path, f"is missing: {SURPRISE}", f"a version such as {rke1_version.newest_free()}")
    elif RKE1_VERSION.fullmatch(version) and rke1_version.known_minor(version) and not rke1_version.known(version):
        yield Problem(path, f"{version} is not known here", "see what your `rke config --list-version --all` says")
    elif RKE1_VERSION.fullmatch(version) and rke1_version.by_subscription(version):
        what = f"the images of {version} need an RKE Extended Life subscription"
        yield Problem(path, what, f"{rke1_version.newest_free()} does not")


def _planes(config: Config) -> Iterator[Problem]:
    """Source: cluster/validation.go counts etcd alone."""
    for plane in ("controlplane", "worker"):
        if not config.with_role(plane):
            yield Problem(
                ("nodes",), f"no node has the role {plane}; `rke` takes that, and no cluster comes up", "one at least"
            )
    members = len(config.with_role("etcd"))
    if members and members % 2 == 0:
        what = f"{members} etcd nodes outlive {(members - 1) // 2} failures, as {members - 1} would"
        yield Problem(("nodes",), what, "an odd number is better")


def _inner_addresses(config: Config) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, node in config.nodes():
        inner = word(node, "internal_address")
        first = seen.setdefault(same_form(inner), index) if inner else index
        if first != index:
            what = f"{quoted(inner)} is that of nodes[{first}] too"
            yield Problem(("nodes", index, "internal_address"), what, "an address of its own")


def _nodes(config: Config) -> Iterator[Problem]:
    """Source: cluster/defaults.go (agent), services/workerplane.go (taints)."""
    for index, node in config.nodes():
        here: Path = ("nodes", index)
        if len(set(roles(node))) != len(roles(node)):
            yield Problem((*here, "role"), "names a role twice", "each once")
        if "ssh_agent_auth" in node:
            yield Problem((*here, "ssh_agent_auth"), "is overwritten by the one of the whole file", "leave it out")
        for place, taint in enumerate(_mappings(node.get("taints"))):
            if word(taint, "key") in _RESERVED:
                what = f"{word(taint, 'key')} is set by `rke` itself, and ignored here"
                yield Problem((*here, "taints", place, "key"), what, "leave it out")


def _networks(config: Config) -> Iterator[Problem]:
    """`rke` looks at none of these; all of them are fixed for the cluster's life."""
    pods, services = _cidrs(config.text(_PODS)), _cidrs(config.text(_SERVICES))
    for one, other in overlapping(pods, services):
        yield Problem(path_of(_PODS), f"{one} overlaps service_cluster_ip_range {other}", "networks apart")
    controller = config.text("services.kube-controller.service_cluster_ip_range")
    if controller != config.text(_SERVICES):
        what = f"{quoted(controller)} is not that of kube-api, {quoted(config.text(_SERVICES))}"
        yield Problem(("services", "kube-controller", "service_cluster_ip_range"), what, "the same in both")
    dns = config.text("services.kubelet.cluster_dns_server")
    if services and as_ip(dns) and not any(holds(network, dns) for network in networks(services)):
        what = f"{dns} is not in service_cluster_ip_range {', '.join(services)}: no pod would resolve a name"
        yield Problem(("services", "kubelet", "cluster_dns_server"), what, "an address of it")
    for index, node in config.nodes():
        for key in ("address", "internal_address"):
            for network in networks((*pods, *services)):
                if holds(network, word(node, key)):
                    what = f"{quoted(word(node, key))} lies in {network}, a network of the cluster's own"
                    yield Problem(("nodes", index, key), what, "an address outside of it")


def _snapshots(config: Config) -> Iterator[Problem]:
    backup = config.raw(_BACKUP)
    if config.raw("services.etcd.snapshot") is False:
        yield Problem((*_ETCD, "snapshot"), "no snapshots are taken", "snapshot: true")
        return
    if backup is not None and config.raw(f"{_BACKUP}.enabled") is False:
        what = "starts the container that takes snapshots with 0h, and it ends at once"
        yield Problem((*_ETCD, "backup_config", "enabled"), what, "snapshot: false, or enabled: true")
        return
    hours, kept = _number(config.get(f"{_BACKUP}.interval_hours"), 12), _number(config.get(f"{_BACKUP}.retention"), 6)
    if backup is not None and hours * kept < WISE_HOURS:
        what = f"snapshots are kept for {hours * kept} hours ({kept} x {hours})"
        wanted = f"{-(-WISE_HOURS // hours)} for {WISE_HOURS} hours: what breaks on Friday is found on Monday"
        yield Problem((*_ETCD, "backup_config", "retention"), what, wanted)


def _upgrades(config: Config) -> Iterator[Problem]:
    """Source: cmd/common.go (the flag; rke issue 2378), services/node_util.go (the pointer), docs (images)."""
    if config.raw("ignore_docker_version") is True:
        what = "does nothing here: each command reads its own flag"
        yield Problem(("ignore_docker_version",), what, "rke up --ignore-docker-version")
    strategy = ("upgrade_strategy", "drain")
    if config.raw("upgrade_strategy.drain") is True and not config.raw("upgrade_strategy.node_drain_input"):
        yield Problem(strategy, "without node_drain_input `rke` may end in a panic", "node_drain_input beside it")
    if config.raw("system_images") and _brings_images(config):
        what = "images named here win over kubernetes_version, and stay behind at the next upgrade"
        yield Problem(("system_images",), what, "leave them out")
    timeout = config.get("addon_job_timeout")
    if isinstance(timeout, int) and timeout < _SHORT_TIMEOUT_S:
        yield Problem(("addon_job_timeout",), f"{timeout} s are short for pulling images", "120 or more")


def _brings_images(config: Config) -> bool:
    return bool(RKE1_VERSION.fullmatch(config.version)) and rke1_version.known(config.version)


def _weave(config: Config) -> Iterator[Problem]:
    minor = config.minor
    if config.text("network.plugin") == "weave" and minor and (1, 27) <= minor < (1, 30):
        what = "weave is deprecated from v1.27 on, and gone with v1.30"
        yield Problem(("network", "plugin"), what, "a new cluster with canal: the plug-in can't be changed")


def _images_of_components(config: Config) -> Iterator[Problem]:
    """Source: cluster/defaults.go, setClusterServicesDefaults."""
    components = config.raw("services")
    for name, component in components.items() if isinstance(components, dict) else ():
        if isinstance(component, dict) and component.get("image"):
            yield Problem(("services", name, "image"), "is overwritten by the version's", "system_images, or none")


def _cidrs(text: str) -> tuple[str, ...]:
    found = []
    for part in text.split(","):
        try:
            found.append(cidr(part.strip()))
        except ValueError:
            continue  # told by what `rke` refuses, or by nobody: it reads the network of pods later
    return tuple(found)


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default


def _mappings(value: Any) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, tuple) else []


_LOOKS: tuple[Callable[[Config], Iterator[Problem]], ...] = (
    _version,
    _planes,
    _inner_addresses,
    _nodes,
    _networks,
    _snapshots,
    _upgrades,
    _weave,
    _images_of_components,
)
