"""The old cluster as it is configured: its cluster.yml, or a spec of RKE1 as the cluster.yml that it makes."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.distros.rke1.cluster_yml import masked
from wizard.distros.rke1.vet.config import Config, roles, word
from wizard.distros.rke1.vet.shape import wrong_kinds
from wizard.distros.rke1.vet.verdict import Verdict, judge
from wizard.errors import BadSpec, BadUsage
from wizard.rollout.step import Survey
from wizard.site import Identity, Site, state_path
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.spec.positions import SIZE_LIMIT, read_document
from wizard.vault.secrets import Unsealed

PODS = "services.kube-controller.cluster_cidr"
SERVICES = "services.kube-api.service_cluster_ip_range"


@dataclass(frozen=True, slots=True)
class OldNode:
    """One machine of the old cluster."""

    name: str
    """As the cluster calls it."""
    addresses: tuple[str, ...]
    roles: frozenset[str]
    labels: Mapping[str, str]
    taints: tuple[str, ...]
    user: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Old:
    """A configuration that has been read; `spec` is set where it was one of ours."""

    path: Path
    config: Config
    doubts: tuple[str, ...]
    spec: Spec | None = None

    @property
    def name(self) -> str:
        """What the cluster is called."""
        return self.config.text("cluster_name") or "local"

    @property
    def place(self) -> str:
        """The cluster.yml that `rke` is given: for a spec the one that the wizard keeps."""
        return str(self.path if self.spec is None else state_path(self.name) / "rke1" / "cluster.yml")

    def save(self, name: str) -> str:
        """Return the command that takes a snapshot of the old cluster."""
        if self.spec:
            return shlex.join(("rancher-wizard", "snapshot", "save", str(self.path), "--name", name))
        return shlex.join(("rke", "etcd", "snapshot-save", "--config", self.place, "--name", name))

    @property
    def remove(self) -> str:
        """The command that takes the old cluster off its machines."""
        if self.spec:
            return shlex.join(("rancher-wizard", "remove", str(self.path)))
        return shlex.join(("rke", "remove", "--config", self.place))

    @property
    def nodes(self) -> tuple[OldNode, ...]:
        """All machines, in the order of the file."""
        return tuple(_node(node) for _, node in self.config.nodes())

    def networks(self, path: str) -> tuple[str, ...]:
        """Return the networks at PODS or SERVICES."""
        return tuple(part.strip() for part in self.config.text(path).split(",") if part.strip())


def read_old(path: Path) -> Old:
    """Read a cluster.yml, or a spec of RKE1. Raises BadSpec where it can't be used, BadUsage for another spec."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise BadSpec([f"{path}: {error.strerror}"], hint="Name RKE1's cluster.yml, or a spec of RKE1.") from None
    if not data.strip():
        raise BadSpec([f"{path}: the file is empty"], hint="Name RKE1's cluster.yml, or a spec of RKE1.")
    value = read_document(data, name=str(path)).value
    if isinstance(value, Mapping) and "apiVersion" in value:
        spec = read_spec(data, name=str(path)).spec
        if spec.distribution != "rke1":
            hint = {
                "rke2": "Only RKE1 is led out of; RKE2 goes on by rancher-wizard upgrade.",
                "rancherd": "RancherD's successor, with the same answers: rancher-wizard new --from SPEC --successor.",
            }[spec.distribution]
            raise BadUsage(f"{path}: distribution is {spec.distribution}, not rke1", hint=hint)
        return of_spec(spec, path)
    return _of(judge(data, name=str(path)), path)


def of_spec(spec: Spec, path: Path) -> Old:
    """Return a spec of RKE1 as the cluster.yml that it makes, its secrets masked.

    Raises BadSpec for one that is laid over a file which can't be used.
    """
    base = path.parent.resolve()
    site = Site(spec, base, state_path(spec.name), Unsealed(), Survey(), Identity("", ()))
    return _of(judge(masked(site).encode(), name=str(path)), path, spec)


def _of(verdict: Verdict, path: Path, spec: Spec | None = None) -> Old:
    if next(wrong_kinds(verdict.config), None):
        raise BadSpec(verdict.lines(verdict.refused), hint="`rke` can't read this either; correct it first.")
    if not any(verdict.config.nodes()):
        raise BadSpec([f"{path}: nodes: none is listed; there is nothing to move"], hint="Name the cluster's own file.")
    return Old(path, verdict.config, verdict.lines(verdict.refused), spec)


def _node(node: Mapping[str, Any]) -> OldNode:
    inner, outer = word(node, "internal_address"), word(node, "address")
    labels, taints, port = node.get("labels"), node.get("taints") or (), word(node, "port")
    return OldNode(
        name=(word(node, "hostname_override") or outer).lower(),
        addresses=tuple(dict.fromkeys(filter(None, (outer, *inner.split(","))))),
        roles=frozenset(roles(node)),
        labels={str(key): str(value) for key, value in labels.items()} if isinstance(labels, Mapping) else {},
        taints=tuple(_taint(taint) for taint in taints if isinstance(taint, Mapping)),
        user=word(node, "user"),
        port=int(port) if port.isdecimal() and 0 < int(port) < 65536 else None,
    )


def _taint(taint: Mapping[str, Any]) -> str:
    key, value, effect = (word(taint, name) for name in ("key", "value", "effect"))
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"
