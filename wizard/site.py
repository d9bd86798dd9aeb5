"""A cluster as the operator wants it, as it is, and the secrets between: what a distribution plans from."""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import yaml

from wizard.errors import Refused, WizardError
from wizard.files import write_private
from wizard.hosts.target import Credentials, Target
from wizard.reach import target_of
from wizard.rollout.process import runs
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.spec.balancer import BalancerNode
from wizard.spec.models import Node, Spec
from wizard.spec.reference import located
from wizard.vault.secrets import Secrets, new_token

APP = "rancher-wizard"


def state_path(cluster: str) -> Path:
    """Where all that belongs to `cluster` is kept on the jump host, whether or not there is anything yet."""
    return Path(platformdirs.user_state_dir(APP)) / cluster


def state_dir(cluster: str) -> Path:
    """Return `state_path`, made when missing (0700). Raises WizardError when it can't be."""
    folder = state_path(cluster)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WizardError(
            f"{folder} can not be made: {error.strerror}",
            hint="What belongs to a cluster is kept there; XDG_STATE_HOME names another place.",
        ) from error
    return folder


def refuse_another_kind(spec: Spec, state: Path) -> None:
    """Raise Refused where the latest rollout of a spec's name was of another distribution.

    Nothing is turned over in place: the state file, the authority and the secrets kept there are the old cluster's.
    """
    for run in runs(state)[-1:]:
        try:
            told = yaml.safe_load((run / "cluster.yaml").read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return
        was = told.get("distribution", spec.distribution) if isinstance(told, Mapping) else spec.distribution
        if was != spec.distribution:
            raise Refused(
                f"{spec.name} is a cluster of {was}; none is turned into one of {spec.distribution}",
                hint=f"Give the new cluster another name, and machines of its own; where {spec.name} is no more: "
                "rancher-wizard remove, with the old spec.",
            )


def known_clusters() -> list[str]:
    """Return the names of the clusters that have state on this jump host."""
    folder = Path(platformdirs.user_state_dir(APP))
    if not folder.is_dir():
        return []
    # What begins with a dot is no cluster: drafts live there.
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def set_aside(cluster: str) -> Path:
    """Keep the state of a cluster that is no more under another name, with the time of it; return where it is."""
    # What begins with a dot is no cluster.
    folder = Path(platformdirs.user_state_dir(APP)) / ".removed"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / f"{cluster}-{time.strftime('%Y%m%dT%H%M%S')}"
    return state_path(cluster).rename(kept)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which cluster this is, beyond its name: written into every file on nodes, so that no other one is touched.

    `bootstrapped` names the servers that began the cluster rather than joined it.
    """

    id: str
    bootstrapped: tuple[str, ...]

    @classmethod
    def of(cls, state: Path, first_server: str, *, begin: bool = True) -> "Identity":
        """Return the identity kept in `state`, or a new one that `save` will keep; without `begin`, one called new."""
        path = state / "identity.json"
        try:
            record = json.loads(path.read_text())
            return cls(id=str(record["id"]), bootstrapped=tuple(record["bootstrapped"]))
        except FileNotFoundError:
            return cls(id=secrets.token_hex(8) if begin else "new", bootstrapped=(first_server,))
        except (ValueError, KeyError, TypeError) as error:
            raise WizardError(f"{path} is damaged", hint="Restore it from a backup of this folder.") from error

    def save(self, state: Path) -> None:
        """Keep this identity in `state`."""
        text = json.dumps({"id": self.id, "bootstrapped": self.bootstrapped})
        write_private(state / "identity.json", text.encode())


@dataclass(frozen=True, slots=True)
class Site:
    """Spec, facts and secrets of one cluster.

    `base` is the folder that relative paths of the spec start from, `state` that of state_dir().
    """

    spec: Spec
    base: Path
    state: Path
    vault: Secrets
    survey: Survey
    identity: Identity
    reset: str = ""
    """The server whose etcd a restore makes anew: it alone begins the cluster, whatever its disk holds now."""
    credentials: Credentials = field(default=Credentials())
    """What the operator was asked for: whoever logs in beside the wire needs it too."""

    @property
    def marker(self) -> str:
        """The first line of each file of ours on a host: whose it is, and of which cluster."""
        return f"# Written by rancher-wizard for cluster {self.spec.name} ({self.identity.id}); apply writes it anew."

    def token(self, name: str) -> Secret:
        """Return the sealed secret `name`, made at random at the first call."""
        return self.vault.ensure(name, new_token)

    def resolve(self, path: Path) -> Path:
        """Return a path of the spec as an absolute one."""
        return located(path, self.base).resolve()


def sha256(text: str) -> str:
    """Return the hex digest of `text` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def targets(spec: Spec, base: Path) -> Mapping[str, Target]:
    """Return how to reach each node and each balancer: its own `ssh:` over the spec's."""
    machines: tuple[Node | BalancerNode, ...] = (*spec.nodes, *spec.front)
    return {each.name: target_of(each.name, each.address, spec.ssh_of(each), base) for each in machines}
