"""What is looked at beyond the common facts: fragments of the one probe, told what the spec needs to know."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from wizard.checks.outward import image_hosts
from wizard.checks.place import host_of
from wizard.checks.seen import data_dir, etcd_dir, keeps_etcd, of_rke1
from wizard.checks.wanted_storage import Wanted
from wizard.checks.wanted_storage import wanted as wanted_storage
from wizard.hosts.script import Script, load_script
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

FRAGMENTS = tuple(
    load_script(Path(__file__).parent, f"look_{subject}")
    for subject in (
        "machine",
        "disk",
        "fsync",
        "network",
        "security",
        "leftovers",
        "packages",
        "storage",
        "docker",
        "reach",
    )
)
FRONT = ("look_machine", "look_network", "look_packages")
NAMES_AT_MOST = 12


def fragments(
    spec: Spec, node: Node, *, images_mib: int | None = None, carried: Sequence[str] = ()
) -> tuple[Script, ...]:
    """Return the fragments for one node, each with the words of the spec that it asks about before it.

    `images_mib` is the room that its images will take, where this machine has them at hand; `carried`
    names the packages in the spec's source, as debian-12/iptables.
    """
    storage = wanted_storage(spec, node) or Wanted()
    told = {
        "rw_distribution": spec.distribution,
        "rw_role": node.role,
        "rw_user": spec.ssh_of(node).user or "",
        "rw_docker_socket": node.docker_socket,
        "rw_data": data_dir(spec, node.role),
        "rw_etcd": etcd_dir(spec, node.role) if keeps_etcd(node, spec) else "",
        "rw_modules": " ".join((*modules(spec), *storage.modules)),
        "rw_names": " ".join(dict.fromkeys((*names(spec), *further_names(spec)))),
        "rw_registration": door(spec) or "",
        "rw_urls": " ".join(dict.fromkeys((*release_urls(spec), *image_urls(spec), *snapshot_urls(spec, node)))),
        "rw_proxy": (spec.proxy.https or spec.proxy.http or "") if spec.proxy else "",
        "rw_no_proxy": ",".join(spec.proxy.no_proxy) if spec.proxy else "",
        "rw_images_mib": "" if images_mib is None else str(images_mib),
        "rw_carried": " ".join(carried),
        "rw_storage": spec.storage.kind if storage.title else "none",
        "rw_storage_path": storage.path,
        "rw_storage_tools": " ".join(storage.tools),
        "rw_nfs": storage.server,
    }
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in told.items())
    return tuple(Script(each.name, head + each.text) for each in FRAGMENTS)


def front_fragments(spec: Spec, *, carried: Sequence[str] = ()) -> tuple[Script, ...]:
    """Return the fragments for a balancer: its address is asked for, as its peer may not have it yet."""
    told = {
        "rw_registration": (spec.balancer.address if spec.balancer else None) or "",
        "rw_carried": " ".join(carried),
    }
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in told.items())
    return tuple(Script(each.name, head + each.text) for each in FRAGMENTS if each.name in FRONT)


def modules(spec: Spec) -> tuple[str, ...]:
    """Return the kernel modules that nodes of a spec need."""
    needs = profile("requirements")
    return (*needs["modules"], *needs["modules_of_cni"].get(spec.network.cni[-1], ()))


def names(spec: Spec) -> tuple[str, ...]:
    """Return the names, not addresses, that each node must be able to resolve."""
    places = (door(spec), *(node.address for node in spec.nodes))
    found = dict.fromkeys(place for place in places if place and not _is_address(place))
    return tuple(found)[:NAMES_AT_MOST]


def further_names(spec: Spec) -> tuple[str, ...]:
    """Return names that are looked up too, and may be unknown."""
    found = [spec.rancher.hostname] if spec.rancher else []
    if spec.source.kind != "online":  # whether they lead out of the site
        s3 = spec.etcd.snapshots.s3
        found += [*image_hosts(spec), *([host_of(s3.endpoint)] if s3 else [])]
    return tuple(name for name in dict.fromkeys(found) if name and not _is_address(name))[:NAMES_AT_MOST]


def door(spec: Spec) -> str | None:
    """Return where nodes join when that is no server of the cluster: as given, else at the balancer."""
    return spec.registration.address or (spec.balancer.address if spec.balancer else None)


def release_urls(spec: Spec) -> tuple[str, ...]:
    """Return where nodes download the release from; none when it comes from this machine."""
    if spec.source.kind != "online" or of_rke1(spec):
        return ()
    return (str(spec.source.mirror or profile("requirements")["downloads"]["release"]),)


def image_urls(spec: Spec) -> tuple[str, ...]:
    """Return where nodes pull images from: the spec's registries, else the vendor's unless images are sent along."""
    found = [endpoint for mirror in spec.registries.mirrors.values() for endpoint in mirror.endpoint]
    if registry := spec.registries.system_default_registry:
        found.append(f"https://{registry}/v2/")
    if not found and spec.source.kind == "online":
        found.append(profile("requirements")["downloads"]["images"])
    return tuple(dict.fromkeys(url for url in found if urlsplit(url).hostname))


def snapshot_urls(spec: Spec, node: Node) -> tuple[str, ...]:
    """Return the store that a server copies its snapshots to."""
    s3 = spec.etcd.snapshots.s3
    return (f"https://{s3.endpoint}/",) if s3 and keeps_etcd(node, spec) else ()


def _is_address(place: str) -> bool:
    return ":" in place or place.replace(".", "").isdigit()
