"""Fields that somebody else wrote, held against the spec before they are taken over."""

from typing import Any

from pydantic import ValidationError

from wizard.design.formats.taken import Taken
from wizard.design.tree import Tree, take
from wizard.spec.message import errors_of, path_of, problem_of
from wizard.spec.models import Spec
from wizard.spec.positions import Document
from wizard.spec.problem import field_name

_NODE = {"name": "a", "address": "192.0.2.1", "role": "server"}
_LEAST = {"apiVersion": "rancher-wizard/v1", "name": "a", "distribution": "rke2", "version": "v1.35.7+rke2r1"}


def drop_unusable(tree: Tree, taken: Taken) -> None:
    """Remove from the fields of a spec what the spec would refuse, with a note on each."""
    whole = {**_LEAST, "nodes": (_NODE,), **_frozen(tree)}
    try:
        Spec.model_validate(whole)
    except ValidationError as error:
        document = Document(whole, {}, (), {}, frozenset())
        for one in errors_of(error):
            problem = problem_of(one, document)
            path = tuple(part for part in path_of(one) if isinstance(part, str))
            taken.note(field_name(path), f"{problem.what}; left out")
            take(tree, path)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
