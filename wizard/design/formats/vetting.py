"""Fields that somebody else wrote, held against the spec before they are taken over."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from wizard.design.formats.taken import Taken
from wizard.design.tree import Path, Tree, take
from wizard.spec.message import errors_of, path_of, problem_of
from wizard.spec.models import Spec
from wizard.spec.positions import Document
from wizard.spec.problem import field_name

_NODE = {"name": "a", "address": "192.0.2.1", "role": "server"}
_LEAST = {"apiVersion": "rancher-wizard/v1", "name": "a", "distribution": "rke2", "version": "v1.35.7+rke2r1"}


def drop_unusable(tree: Tree, taken: Taken) -> None:
    """Remove from the fields of a spec what the spec would refuse, with a note on each."""
    # What is left may be refused in its turn: an endpoint is of no use without its bucket.
    while refused := [(path, what) for path, what in _refused(tree) if path]:
        for path, what in refused:
            taken.note(field_name(path), f"{what}; left out")
            take(tree, path)


def _refused(tree: Tree) -> Iterator[tuple[Path, str]]:
    """Yield what is refused: its path, or as much of that as is there, and why."""
    whole = {**_LEAST, "nodes": (_NODE,), **_frozen(tree)}
    try:
        Spec.model_validate(whole)
    except ValidationError as error:
        document = Document(whole, {}, (), {}, frozenset())
        for one in errors_of(error):
            path = tuple(part for part in path_of(one) if isinstance(part, str))
            yield _there(tree, path), problem_of(one, document).what


def _there(tree: Any, path: Path) -> Path:
    for depth, part in enumerate(path):
        if not isinstance(tree, dict) or part not in tree:
            return path[:depth]
        tree = tree[part]
    return path


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
