"""A cluster.yml with its positions, asked by path."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.errors import BadSpec
from wizard.profiles import profile
from wizard.spec.positions import Document, read_document
from wizard.spec.problem import Path

_SEMVER = re.compile(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def path_of(text: str) -> Path:
    """Return `network.plugin` as a path."""
    return tuple(text.split("."))


def rules() -> Mapping[str, Any]:
    """Return profiles/rke1/rules.yaml."""
    found: Mapping[str, Any] = profile("rke1/rules")
    return found


@dataclass(frozen=True, slots=True)
class Config:
    """The values of a cluster.yml; what is left out is as `rke` takes it to be."""

    document: Document

    def raw(self, path: str) -> Any:
        """Return what the file holds at a path, None where nothing does."""
        value: Any = self.document.value
        for key in path_of(path):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def get(self, path: str) -> Any:
        """Return what `rke` reads at a path: what the file holds, or its default."""
        value = self.raw(path)
        return rules()["defaults"].get(path) if value in (None, "", ()) else value

    def text(self, path: str) -> str:
        """As `get`, as text; "" where nothing is."""
        value = self.get(path)
        return str(value).lower() if isinstance(value, bool) else str(value) if value not in (None, ()) else ""

    @property
    def version(self) -> str:
        """The kubernetes_version, "" where the file names none."""
        return self.text("kubernetes_version")

    @property
    def minor(self) -> tuple[int, int] | None:
        """Major and minor of the version; None where it is none."""
        found = _SEMVER.fullmatch(self.version)
        return (int(found[1]), int(found[2])) if found else None

    def nodes(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield each node that is keys and values, with its place."""
        for index, node in enumerate(self.raw("nodes") or ()):
            if isinstance(node, Mapping):
                yield index, node

    def with_role(self, role: str) -> list[Mapping[str, Any]]:
        """Return the nodes that have a role."""
        return [node for _, node in self.nodes() if role in roles(node)]


def roles(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the roles of a node as text."""
    found = node.get("role")
    return tuple(str(role) for role in found) if isinstance(found, tuple) else ()


def word(node: Mapping[str, Any], key: str) -> str:
    """Return a text of a node, "" where nothing stands there."""
    value = node.get(key)
    return "" if value is None else str(value)


def read_config(data: bytes, *, name: str) -> Config:
    """Take the bytes of a cluster.yml and the name to call it by. Raises BadSpec where it is no usable YAML."""
    if not data.strip():
        raise BadSpec([f"{name}: the file is empty; a cluster.yml has nodes and a kubernetes_version"])
    document = read_document(data, name=name)
    if not isinstance(document.value, Mapping):
        raise BadSpec([f"{name}:1: holds no keys and values; a cluster.yml has nodes and a kubernetes_version"])
    return Config(document)
