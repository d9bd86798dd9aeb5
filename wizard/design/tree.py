"""Nested mappings by path, as YAML holds them."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
Tree = dict[str, Any]


def look(tree: Mapping[str, Any], path: Path) -> Any:
    """Return what stands at a path, None where nothing does."""
    value: Any = tree
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def holds(tree: Mapping[str, Any], path: Path) -> bool:
    """Tell whether a path is there, be it with nothing at it."""
    above = look(tree, path[:-1])
    return isinstance(above, Mapping) and path[-1] in above


def put(tree: Tree, path: Path, value: Any) -> None:
    """Set a path, making the mappings on the way; what is no mapping there gives way."""
    for key in path[:-1]:
        inner = tree.get(key)
        tree[key] = dict(inner) if isinstance(inner, Mapping) else {}
        tree = tree[key]
    tree[path[-1]] = value


def take(tree: Tree, path: Path) -> Any:
    """Remove a path, and the mappings that are empty then; return what stood there, None where nothing did."""
    value = look(tree, path)
    _drop(tree, path)
    return value


def leaves(tree: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each path that holds something else than keys and values, with what it holds."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


def thawed(value: Any) -> Any:
    """Return a copy that can be changed, with lists for tuples."""
    if isinstance(value, Mapping):
        return {str(key): thawed(one) for key, one in value.items()}
    return [thawed(one) for one in value] if isinstance(value, list | tuple) else value


def _drop(tree: Tree, path: Path) -> None:
    key, *rest = path
    if key not in tree:
        return
    if rest and isinstance(tree[key], dict):
        _drop(tree[key], tuple(rest))
    if not rest or tree[key] == {}:
        del tree[key]
