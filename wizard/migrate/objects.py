"""What stands in an object of an API, whatever it is: nothing here raises, and every text is plain."""

from collections.abc import Mapping
from typing import Any

from wizard.plain import plain

SYSTEM = frozenset(("kube-system", "ingress-nginx", "kube-public", "kube-node-lease"))
"""Namespaces of what RKE1 itself brings."""


def at(value: Any, *path: str) -> Any:
    """Return what stands at a path of keys, None where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *path: str) -> str:
    """Return the text or number at a path, "" for anything else."""
    found = at(value, *path)
    return plain(str(found)) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def texts(value: Any) -> list[str]:
    """Return the texts of a list."""
    return [plain(one) for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def maps(value: Any) -> list[Mapping[str, Any]]:
    """Return the mappings of a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def space(one: Mapping[str, Any]) -> str:
    """Return an object's namespace."""
    return text(one, "metadata", "namespace")


def place(one: Mapping[str, Any]) -> str:
    """Return an object as `namespace/name`."""
    return f"{space(one)}/{text(one, 'metadata', 'name')}".strip("/")


def name_of(one: Mapping[str, Any]) -> str:
    """Return an object as `kind namespace/name`."""
    return f"{text(one, 'kind') or 'workload'} {place(one)}"
