"""One node as the operator listed it, checked by the rules of the spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.words import field_of, role_of, zone_of
from wizard.spec.address import as_ip, same_form
from wizard.spec.message import errors_of, path_of, problem_of
from wizard.spec.models import Node, Role
from wizard.spec.positions import Document
from wizard.spec.problem import field_name

# What a node can't be without, while the operator has not said it.
_NAME, _ROLE = "unnamed", "agent"


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node of the operator's list; what is None was not said, and is proposed or left to defaults."""

    address: str
    name: str | None = None
    port: int | None = None
    user: str | None = None
    role: Role | None = None
    zone: str | None = None
    internal_address: str | None = None
    """As in the spec: one address, or one of each family joined by a comma."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    taints: tuple[str, ...] = ()
    ssh: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further parts of the spec's `ssh`: key, bastion."""

    @property
    def key(self) -> str:
        """What tells this node from others, however it is spelled: its address, with the port unless that is 22."""
        form = same_form(self.address)
        return form if self.port in (None, 22) else f"{_bracketed(form)}:{self.port}"

    @property
    def text(self) -> str:
        """The line that would be understood as this very entry."""
        words = [self._place]
        named = [(field, getattr(self, field)) for field in ("name", "role", "zone", "internal_address")]
        words += [f"{key}={_quoted(value)}" for key, value in named if value]
        words += [f"label.{key}={value}" for key, value in self.labels.items()]
        words += [f"taint={taint}" for taint in self.taints]
        words += [f"{key}={_quoted(value)}" for key, value in self.ssh.items()]
        return " ".join(words)

    @property
    def _place(self) -> str:
        if role_of(self.address) or field_of(self.address) or zone_of(self.address):
            # A host that is called as what words beside an address mean.
            login = (("user", self.user), ("port", self.port))
            return " ".join((f"address={self.address}", *(f"{key}={value}" for key, value in login if value)))
        login_at = f"{self.user}@" if self.user else ""
        if self.port:
            return f"{login_at}{_bracketed(self.address)}:{self.port}"
        return login_at + (_bracketed(self.address) if self.user else self.address)


def read_entry(fields: Mapping[str, Any]) -> NodeEntry:
    """Take what was said of one node: the fields of NodeEntry as text, `labels` and `taints` as in the spec.

    Returns the entry, its name in lower case with hyphens for underscores. Raises NotUnderstood where the spec would
    refuse a value.
    """
    said = {key: value for key, value in fields.items() if value}
    if "name" in said:
        said["name"] = said["name"].lower().replace("_", "-")
    ssh = {key: said[key] for key in ("user", "port", "key", "bastion") if key in said}
    if "port" in ssh:
        ssh["port"] = _number(ssh["port"])
    tree = {
        "name": said.get("name", _NAME),
        "address": said.get("address", ""),
        "role": said.get("role", _ROLE),
        "zone": said.get("zone"),
        "internal_address": said.get("internal_address"),
        "labels": dict(said.get("labels", {})),
        "taints": tuple(said.get("taints", ())),
        "ssh": ssh,
    }
    _check(tree)
    return NodeEntry(
        address=tree["address"],
        name=said.get("name"),
        port=ssh.get("port"),
        user=ssh.get("user"),
        role=said.get("role"),
        zone=tree["zone"],
        internal_address=tree["internal_address"],
        labels=tree["labels"],
        taints=tree["taints"],
        ssh={key: ssh[key] for key in ("key", "bastion") if key in ssh},
    )


def _check(tree: dict[str, Any]) -> None:
    try:
        Node.model_validate(tree)
    except ValidationError as error:
        first = errors_of(error)[0]
        problem = problem_of(first, Document(tree, {}, (), {}, frozenset()))
        path = tuple(part for part in path_of(first) if part != "ssh")
        field = "" if path == ("address",) else f"{field_name(path)}: "
        raise NotUnderstood(field + problem.what, problem.allowed) from None


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5:
        return int(text)
    raise NotUnderstood(f"port: '{text[:20]}' is not a port", "a number from 1 to 65535")


def _bracketed(address: str) -> str:
    ip = as_ip(address)
    return f"[{address}]" if ip and ":" in address else address


def _quoted(value: str) -> str:
    return f'"{value}"' if set(value) & set(" ,;#") else value
