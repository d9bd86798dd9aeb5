"""Which field of the spec each answer ends in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from wizard.design.answers import Answers
from wizard.design.sections import KEYS, section_fields
from wizard.design.tree import Path, look
from wizard.spec.address import networks
from wizard.spec.balancer import Balancer
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher

SNAPSHOTS = ("etcd", "snapshots")
S3 = (*SNAPSHOTS, "s3")
WORKERS = ("rollout", "workers")
# Answers that stand in the spec as they are, by the question's key.
SAME: dict[str, Path] = {
    "cluster_name": ("name",),
    "version": ("version",),
    "dns_name": ("registration", "address"),  # without one, the balancer's own address is meant
    "ssh_user": ("ssh", "user"),
    "ssh_port": ("ssh", "port"),
    "ssh_key": ("ssh", "key"),
    "ssh_bastion": ("ssh", "bastion"),
    "ssh_sudo": ("ssh", "sudo"),
    "backup_keep": (*SNAPSHOTS, "retention"),
    "backup_dir": (*SNAPSHOTS, "dir"),
    "selinux": ("security", "selinux"),
    "ingress": ("ingress",),
    "storage": ("storage", "kind"),
    "volumes_path": ("storage", "path"),
    "nfs_server": ("storage", "server"),
    "nfs_export": ("storage", "export"),
    "registry": ("registries", "system_default_registry"),
    "release_folder": ("source", "path"),
    "bundle_file": ("source", "path"),
    "bundle_key": ("source", "key"),
    "canary": (*WORKERS, "canary"),
    "soak_s": (*WORKERS, "soak_s"),
}
# The same, of the bucket: all of them or none.
BUCKET: dict[str, Path] = {f"s3_{field}": (*S3, field) for field in ("endpoint", "bucket", "region", "folder")}
PLACES: dict[str, Path] = {
    "s3_access_key": (*S3, "access_key"),
    "s3_secret_key": (*S3, "secret_key"),
    "token": ("token",),
}
SHARES: dict[str, Path] = {"workers_at_once": (*WORKERS, "at_once"), "max_failed": (*WORKERS, "max_failed")}
SCHEDULES = {"1": "0 * * * *", "4": "0 */4 * * *", "6": "0 */6 * * *", "12": "0 */12 * * *", "24": "0 0 * * *"}
SWITCHES = ("sysctl", "modules", "networkmanager", "swap_off", "nm_cloud_setup_off")
# Written also where they are the spec's own defaults: what can't be changed later, or drifts with the release.
_FOR_LIFE = (("network", "cni"), ("network", "cluster_cidr"), ("network", "service_cidr"))
_PINNED = frozenset((("name",), ("version",), ("ingress",), *BUCKET.values(), *_FOR_LIFE))
_MAX_PODS, _NODE_MASK = 110, 24  # what Kubernetes takes by itself
# What a section that need not be there means where it is there and does not say it.
_WITHIN: dict[Path, Any] = {
    ("balancer", "mode"): Balancer.model_fields["mode"].default,
    ("rancher", "tls"): Rancher.model_fields["tls"].default,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the spec: where it stands, its value as YAML holds it, and the question it comes from.

    A `key` of "" is that of several questions together: it gives way to what stands in the spec already.
    """

    path: Path
    value: Any
    key: str

    @property
    def usual(self) -> bool:
        """Tell whether the spec says the same without it."""
        return self.path not in _PINNED and self.value == usual_value(self.path)


@dataclass(frozen=True, slots=True)
class Argument:
    """One `name=value` in a list of arguments for a component of Kubernetes, and the question it comes from."""

    path: Path
    name: str
    value: int
    key: str

    @property
    def text(self) -> str:
        """The argument as RKE2 takes it."""
        return f"{self.name}={self.value}"


def parts(answers: Answers) -> Iterator[Part]:
    """Yield the fields that answers lead to; their value is None where nothing is set.

    A question that is not asked leads to none, but for what is always written: there its default counts.
    """
    asked = {question.key for question in answers.asked}
    yield from (part for part in _all(answers) if part.key in asked or not part.key or part.path in _PINNED)


def arguments(answers: Answers) -> Iterator[Argument]:
    """Yield the arguments that differ from what Kubernetes takes by itself."""
    if (pods := answers.number("pods_per_node")) != _MAX_PODS:
        for role in ("server", "agent"):
            yield Argument(("options", role, "kubelet-arg"), "max-pods", pods, "pods_per_node")
    # Calico gives addresses out by a plan of its own.
    if (mask := answers.number("node_mask")) != _NODE_MASK and answers["cni"] != "calico":
        path = ("options", "server", "kube-controller-manager-arg")
        yield Argument(path, mask_argument(answers), mask, "node_mask")


def mask_argument(answers: Answers) -> str:
    """Return how the controller manager calls the prefix of a node's part of the pods' network."""
    (network,) = networks([answers.word("cluster_cidr")])
    return "node-cidr-mask-size" + (f"-ipv{network.version}" if answers.yes("dual_stack") else "")


@cache
def written_keys() -> frozenset[str]:
    """Return the questions whose answers stand in the spec; all others are known from the answers alone."""
    families = ("backup", "dual_stack", "cluster_cidr_v6", "service_cidr_v6", "pods_per_node", "node_mask")
    sections = frozenset().union(*KEYS.values())
    return frozenset((*families, *BUCKET, *PLACES, *sections, *(part.key for part in _all(Answers()))))


def unwritten(answers: Answers, there: Iterable[str]) -> frozenset[str]:
    """Return the questions on sections that answers lead to nothing of, and that are not `there` in the spec either.

    Only the answers know what was said of such a section: a balancer without machines, Rancher without a name.
    """
    led_to = {part.path[0] for part in _all(answers) if part.value is not None}
    return frozenset(key for name, keys in KEYS.items() if name not in {*led_to, *there} for key in keys)


@cache
def _usual() -> dict[str, Any]:
    node = {"name": "a", "address": "10.0.0.1", "role": "server"}
    least = {"apiVersion": "rancher-wizard/v1", "name": "a", "distribution": "rke2", "version": "v1.35.7+rke2r1"}
    return Spec.model_validate({**least, "nodes": (node,)}).model_dump(mode="json")


def usual_fields() -> dict[Path, Any]:
    """Return the fields that answers lead to and that a spec need not name, each with what it means then.

    That of the ingress is None: RKE2 chooses, and may choose otherwise in its next release.
    """
    found = {part.path: usual_value(part.path) for part in _all(Answers()) if look(_usual(), part.path[:-1])}
    return {path: value for path, value in found.items() if value not in (None, []) or path == ("ingress",)}


def usual_value(path: Path) -> Any:
    """Return the spec's own default of a field, None where there is none."""
    return _WITHIN.get(path, look(_usual(), path))


def _all(answers: Answers) -> Iterator[Part]:
    bucket = BUCKET if answers["s3_bucket"] else {}
    for key, path in {**SAME, **bucket}.items():
        yield Part(path, answers[key], key)
    for key, path in PLACES.items():
        if path[:3] != S3 or bucket:
            yield Part(path, _place(answers.word(key)), key)
    for key, path in SHARES.items():
        share = answers.word(key)
        yield Part(path, int(share) if share.isdigit() else share, key)
    yield Part((*SNAPSHOTS, "schedule"), SCHEDULES[answers.word("backup_hours")], "backup_hours")
    yield Part(("security", "profile"), "cis" if answers.yes("cis") else "none", "cis")
    yield Part(("source", "kind"), answers["airgap"], "airgap")
    for field in ("http", "https"):
        yield Part(("proxy", field), answers["proxy"], "proxy")
    yield from _network(answers)
    yield from (Part(*field) for field in section_fields(answers))
    yield from _prepare(answers)
    yield Part(("storage", "shared"), answers["access_mode"] == "rwx", "access_mode")


def _network(answers: Answers) -> Iterator[Part]:
    yield Part(("network", "cni"), answers["cni"], "cni")
    for key in ("cluster_cidr", "service_cidr"):
        both = [answers.word(key), answers.word(f"{key}_v6")]
        yield Part(("network", key), both if answers.yes("dual_stack") else both[0], key)


def _prepare(answers: Answers) -> Iterator[Part]:
    allowed = answers.words("prepare")
    for field in SWITCHES:
        yield Part(("prepare", field), field in allowed, "prepare")
    yield Part(("prepare", "firewall"), "open" if "firewall" in allowed else "leave", "prepare")


def _place(text: str) -> dict[str, str] | None:
    """Return `env:NAME` as the spec names the place of a secret."""
    kind, _, where = text.partition(":")
    return {kind: where} if where else None
