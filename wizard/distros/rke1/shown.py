"""A cluster.yml for reading: what it makes of which machine."""

from collections.abc import Iterator, Mapping
from typing import Any

from wizard.distros.rke1.secrecy import shown
from wizard.distros.rke1.vet.config import Config, roles, word
from wizard.plain import plain
from wizard.profiles import profile

_WIDTHS = (20, 20, 28)
_PODS = "services.kube-controller.cluster_cidr"
_SERVICES = "services.kube-api.service_cluster_ip_range"
_BACKUP = "services.etcd.backup_config"


def lines_of(config: Config) -> Iterator[str]:
    """Yield the lines; no secret is in them."""
    name = config.text("cluster_name") or "local"
    yield plain(f"Cluster {name}, Kubernetes {config.version or 'not pinned'}")
    yield f"  ! {profile('rke1/end_of_life')['note']}"
    yield ""
    for index, node in config.nodes():
        host = word(node, "hostname_override") or word(node, "address") or f"nodes[{index}]"
        columns = (host, word(node, "address"), ", ".join(roles(node)))
        login = f"{word(node, 'user')}, port {word(node, 'port') or '22'}"
        row = " ".join(text.ljust(width) for text, width in zip(columns, _WIDTHS, strict=True))
        yield plain(f"  {row} {login:<14} {_labels(node)}".rstrip())
    yield ""
    for title, text in _facts(config):
        yield plain(f"  {title:<14} {text}")


def _facts(config: Config) -> Iterator[tuple[str, str]]:
    pods, services = config.text(_PODS), config.text(_SERVICES)
    yield "network", f"{config.text('network.plugin')}, pods {pods}, services {services}"
    yield "ingress", f"{config.text('ingress.provider')}, {config.text('ingress.network_mode')}"
    yield "snapshots", _snapshots(config)
    for registry in config.raw("private_registries") or ():
        default = " for all of RKE1's own images" if registry.get("is_default") else ""
        login = f", as {word(registry, 'user')}" if registry.get("user") else ""
        yield "registry", f"{shown(word(registry, 'url')) or 'docker.io'}{login}{default}"
    bastion = config.raw("bastion_host")
    if isinstance(bastion, Mapping) and bastion.get("address"):
        login = f"{user}@" if (user := word(bastion, "user")) else ""
        yield "bastion", f"{login}{word(bastion, 'address')}:{word(bastion, 'port') or '22'}"
    workers = config.text("upgrade_strategy.max_unavailable_worker") or "10%"
    drained = "drained" if config.raw("upgrade_strategy.drain") is True else "not drained"
    yield "upgrades", f"{workers} of the workers at a time, {drained}"
    for key in ("addons", "addons_include", "system_images"):
        if given := config.raw(key):
            yield key, "given" if key == "addons" else f"{len(given)} given"


def _snapshots(config: Config) -> str:
    if config.raw("services.etcd.snapshot") is False:
        return "none"
    hours, kept = config.raw(f"{_BACKUP}.interval_hours") or 12, config.raw(f"{_BACKUP}.retention") or 6
    bucket = config.text(f"{_BACKUP}.s3backupconfig.bucket_name")
    place = f", to {shown(config.text(f'{_BACKUP}.s3backupconfig.endpoint'))}/{bucket}" if bucket else ""
    return f"every {hours} h, kept {hours * kept} h{place}"


def _labels(node: Mapping[str, Any]) -> str:
    labels = node.get("labels")
    return " ".join(f"{key}={value}" for key, value in labels.items()) if isinstance(labels, Mapping) else ""
