"""cluster.rkestate, without which nobody can go on with a cluster: read, judged, and kept sealed in versions.

It holds the keys of all certificates. `rke up` without it takes living nodes for a new cluster and gives them another
CA (cmd/up.go, cluster/state.go); `rke` writes it in place, so that one killed while writing leaves half of it.
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.errors import Refused, WizardError
from wizard.files import write_private
from wizard.vault.pieces import Sealing, header_of, opened
from wizard.vault.secrets import Secrets

SEALED = ".rkestate.sealed"
PIECE = 1 << 20
LARGEST = 64 << 20
"""A state file of a thousand nodes has some 6 MiB: eight certificates, and two for each etcd node."""


@dataclass(frozen=True, slots=True)
class StateNode:
    """A node of the cluster as `rke` left it."""

    name: str
    address: str
    planes: frozenset[str]


@dataclass(frozen=True, slots=True)
class StateFile:
    """What is known of a state file; `text` is all of it, and full of keys."""

    text: bytes
    ca: str
    """The fingerprint of the cluster's CA: sha256 of its certificate's base64."""
    addresses: tuple[str, ...]
    version: str
    built: bool
    """Whether rke has brought a control plane up with it."""
    nodes: tuple[StateNode, ...] = ()
    """The nodes of the cluster as it is: those that the last run that got that far has worked on."""

    def __repr__(self) -> str:
        return f"StateFile({self.ca[:16]}, {len(self.text)} bytes)"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


@dataclass(frozen=True, slots=True)
class Copy:
    """A sealed version of a state file, by what its header says of it."""

    path: Path
    number: int
    taken: str
    when: str
    """before, after or during a run; replaced or restored: by an operator."""
    ca: str
    sha256: str
    version: str
    nodes: int
    built: bool

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(SEALED)

    def line(self) -> str:
        """What an operator reads of it."""
        built = "" if self.built else ", no control plane yet"
        return f"{self.name}  CA {self.ca[:16]}…  {self.version}, {self.nodes} nodes{built}"

    def record(self) -> dict[str, object]:
        """The same for a program."""
        return {name: getattr(self, name) for name in ("number", "name", "when", "ca", "version", "nodes", "built")}


def read_state_file(path: Path) -> StateFile | None:
    """Return what a state file holds, None where there is none.

    Raises WizardError for one that is empty, cut, or no state file.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WizardError(f"{path} can not be read: {error.strerror}", hint="Mend it on this machine.") from None
    if not text.strip():
        raise WizardError(f"{path} is empty")
    return state_of(text, path)


def state_of(text: bytes, path: Path) -> StateFile:
    """Return what the bytes of a state file hold; `path` is where they come from. Raises WizardError as above."""
    try:
        return _read(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WizardError(f"{path} is damaged: {_lack(error)}") from None


def fingerprint(pem: str) -> str:
    """Return how a certificate is known: sha256 of its base64, however the lines of the PEM are cut.

    Raises ValueError for what is no certificate.
    """
    body = "".join(line.strip() for line in pem.splitlines() if "-----" not in line)
    if not body or "-----BEGIN CERTIFICATE-----" not in pem:
        raise ValueError("no certificate")
    try:
        base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("no certificate") from error
    return hashlib.sha256(body.encode()).hexdigest()


class Treasury:
    """The sealed versions of one cluster's state file, the newest last; none is ever written over."""

    def __init__(self, folder: Path, vault: Secrets, about: Mapping[str, object]) -> None:
        """Take the folder of the copies, what opens them, and what their headers say beside: cluster and identity."""
        self.folder = folder
        self._vault = vault
        self.about = about

    def copies(self) -> tuple[Copy, ...]:
        """Return all versions by age; what is none of ours is passed over."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(self._found(), key=lambda copy: copy.name))

    def keep(self, state: StateFile, when: str) -> Copy | None:
        """Seal a version; None when the newest is the same already. Raises WizardError for a vault that stays shut."""
        newest = self.copies()[-1:]
        if newest and newest[0].sha256 == state.sha256:
            return None
        path = self._next(when)
        header: dict[str, object] = {
            **self.about,
            "when": when,
            "ca": state.ca,
            "sha256": state.sha256,
            "version": state.version,
            "nodes": len(state.addresses),
            "built": state.built,
        }
        sealing = Sealing(path, self._vault, header)
        try:
            for start in range(0, len(state.text), PIECE):
                sealing.add(state.text[start : start + PIECE])
        except BaseException:
            sealing.drop()
            raise
        sealing.done()
        return _copy(path)

    def named(self, wanted: str) -> Copy:
        """Return the copy of that number or name, the newest for "". Raises WizardError when there is none."""
        copies = self.copies()
        for copy in reversed(copies):
            if wanted in ("", copy.name, str(copy.number)):
                return copy
        what = f"{wanted!r}: there is no such copy" if copies else "there are no sealed copies of cluster.rkestate"
        raise WizardError(what, hint="rancher-wizard rke1 state list shows those that are there.")

    def open(self, copy: Copy) -> StateFile:
        """Return what a version holds. Raises WizardError when it was changed, cut, or sealed by another key."""
        text = b"".join(opened(copy.path, self._vault))
        try:
            return _read(text)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WizardError(f"{copy.path} is damaged: {_lack(error)}", hint="Take an older copy.") from None

    def _found(self) -> Iterator[Copy]:
        for path in self.folder.glob(f"*{SEALED}"):
            try:
                yield _copy(path)
            except (WizardError, OSError, ValueError):
                continue

    def _next(self, when: str) -> Path:
        """A name after all others: numbered, as clocks are set back."""
        numbers = [copy.number for copy in self.copies()]
        return self.folder / f"{max(numbers, default=0) + 1:05}-{_now()}-{when}{SEALED}"


def put_back(state: StateFile, path: Path) -> None:
    """Write a state file (0600) in place of what is there; a damaged one is moved aside, not deleted."""
    move_aside(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, state.text)


def move_aside(path: Path) -> None:
    """Give a state file that is damaged another name; one that is whole, or not there, stays."""
    try:
        read_state_file(path)
    except WizardError:
        path.rename(path.with_name(f"{path.name}.damaged-{_now()}"))


def missing(path: Path, copies: tuple[Copy, ...], why: str) -> Refused:
    """Return the refusal to go on without a state file, or with a damaged one, and the ways back."""
    ways = "sealed copies are here: rancher-wizard rke1 state list, then rke1 state restore" if copies else ""
    others = (
        "with a kubeconfig that works `rke util get-state-file`; on a control plane the Secret "
        "kube-system/full-cluster-state; inside a snapshot's .zip in /opt/rke/etcd-snapshots"
    )
    return Refused(
        f"{why}; rke would take the nodes for a new cluster and give them another CA",
        hint=f"Ways back: {ways}{'; else ' if ways else ''}{others}. Put it to {path}, mode 0600.",
    )


def _copy(path: Path) -> Copy:
    header = header_of(path)
    number, _, taken = path.name.rpartition("-")[0].partition("-")
    nodes = header.get("nodes")
    return Copy(
        path,
        number=int(number),
        taken=taken,
        when=str(header.get("when", "")),
        ca=str(header.get("ca", "")),
        sha256=str(header.get("sha256", "")),
        version=str(header.get("version", "")),
        nodes=nodes if isinstance(nodes, int) else 0,
        built=header.get("built") is True,
    )


def _read(text: bytes) -> StateFile:
    record: dict[str, Any] = json.loads(text)
    desired, current = record["desiredState"], record.get("currentState") or {}
    config = desired["rkeConfig"]
    return StateFile(
        text,
        ca=fingerprint(desired["certificatesBundle"]["kube-ca"]["certificatePEM"]),
        addresses=tuple(str(node["address"]) for node in config["nodes"]),
        version=str(config.get("kubernetesVersion", "")),
        built=bool(current.get("rkeConfig")),
        nodes=tuple(map(_node, (current.get("rkeConfig") or {}).get("nodes") or ())),
    )


def _node(record: dict[str, Any]) -> StateNode:
    address = str(record["address"])
    name = str(record.get("hostnameOverride") or address).lower()
    return StateNode(name, address, frozenset(map(str, record.get("role") or ())))


def _lack(error: Exception) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]} is missing in it"
        case ValueError() if str(error) == "no certificate":
            return "its CA is no certificate"
        case json.JSONDecodeError():
            return f"no JSON from line {error.lineno} on"
        case _:
            return "it is no state file of rke"


def _now() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
