"""What pydantic found wrong, put into the operator's words."""

import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wizard.spec.fault import KIND
from wizard.spec.models import Spec
from wizard.spec.positions import Document
from wizard.spec.problem import Path, Problem, may_be_secret, nearest, quoted, shorten
from wizard.spec.release import RKE1_EXAMPLE, SURPRISE

_NOUNS = {
    "apiVersion": "a known version of this format",
    "distribution": "a known distribution",
    "role": "a role",
    "cni": "a CNI",
    "ingress": "an ingress controller",
    "profile": "a profile",
    "kind": "a kind of {section}",
    "order": "an order",
    "sudo": "a way to become root",
    "firewall": "a way to treat the firewall",
    "secrets_encryption": "a provider",
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list, each item after a hyphen or all in [ ]",
    "model_type": "keys and values",
    "dict_type": "keys and values",
    "path_type": "a path",
}


def errors_of(error: ValidationError) -> list[ErrorDetails]:
    """Return what pydantic found wrong, without what only follows from something else in the list."""
    errors = error.errors(include_url=False)
    paths = [path_of(one) for one in errors]
    return [one for one in errors if not _follows(one, paths)]


def _follows(error: ErrorDetails, paths: list[Path]) -> bool:
    """Tell whether a list is only short of the items that are wrong by themselves."""
    path = path_of(error)
    return error["type"] == "too_short" and any(other[: len(path)] == path and other != path for other in paths)


def problem_of(error: ErrorDetails, document: Document) -> Problem:
    """Take one of pydantic's errors and the document it is about; return it as a problem of the spec."""
    path = path_of(error)
    context: Mapping[str, Any] = error.get("ctx", {})
    value = error.get("input")
    match error["type"]:
        case kind if kind == KIND:
            return Problem(path, context["what"], context["allowed"])
        case "missing" if path == ("version",) and _is_rke1(document):
            return Problem(path, f"is missing: {SURPRISE}", RKE1_EXAMPLE)
        case "missing":
            return Problem(path, "is missing", _description(path))
        case "extra_forbidden":
            return Problem(path, "unknown key", nearest(str(path[-1]), _known_keys(path[:-1])))
        case "literal_error" if path[:1] == ("nodes",) and path[-1] == "role" and _is_rke1(document):
            allowed = f"{_list_of(context['expected'])}; RKE1's planes go to roles: [controlplane, etcd, worker]"
            return Problem(path, _not_known(path, value, document), allowed)
        case "literal_error":
            return Problem(path, _not_known(path, value, document), _list_of(context["expected"]))
        case "greater_than_equal" | "greater_than":
            least = context.get("ge", context.get("gt"))
            return Problem(
                path, f"{quoted(value)} is too small", f"{'at least' if 'ge' in context else 'more than'} {least:g}"
            )
        case "less_than_equal":
            return Problem(path, f"{quoted(value)} is too large", f"at most {context['le']}")
        case "too_short":
            return Problem(path, "is empty", f"at least {context['min_length']}")
        case "too_long":
            return Problem(path, f"holds {context['actual_length']} values", f"at most {context['max_length']}")
        case kind:
            return Problem(path, *_wrong_type(path, value, _WANTED.get(kind, "another kind of value"), document))


def _is_rke1(document: Document) -> bool:
    return isinstance(document.value, dict) and document.value.get("distribution") == "rke1"


def path_of(error: ErrorDetails) -> Path:
    """Return the path of the field; a bad key of a mapping is at the key."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _wrong_type(path: Path, value: object, wanted: str, document: Document) -> tuple[str, str]:
    word = document.words.get(path)
    if value is None:
        return "is empty", f"{wanted}, or leave the key out"
    if may_be_secret(path):
        return "is not " + wanted, ""
    if wanted == "text" and word is not None:
        meant = "true or false" if isinstance(value, bool) else "a number"
        return f"{shorten(word)} is read as {meant}, text is wanted", f'write "{shorten(word)}" in quotes'
    if isinstance(value, dict):
        return "holds keys and values", wanted
    if isinstance(value, tuple):
        return "holds a list", wanted
    return f"{quoted(value)} is not {wanted.partition(',')[0]}", ""


def _not_known(path: Path, value: object, document: Document) -> str:
    named = next((part for part in reversed(path) if isinstance(part, str)), "")
    shown = document.words.get(path) or ("nothing" if value is None else str(value))
    if isinstance(value, dict | tuple):
        return "holds a list or mapping"
    section = next((part for part in path[-2::-1] if isinstance(part, str)), "spec")
    return f"{quoted(shown)} is not {_NOUNS.get(named, 'known here').format(section=section)}"


def _list_of(expected: str) -> str:
    """Turn pydantic's `'a', 'b' or 'c'` into `one of a, b, c`."""
    names = expected.replace(" or ", ", ").replace("'", "")
    return f"one of {names}" if ", " in names else names


def _description(path: Path) -> str:
    model = _model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    return (field.description or "").partition(". ")[0].rstrip(".") if field else ""


def _known_keys(path: Path) -> list[str]:
    model = _model_at(path)
    return list(model.model_fields) if model else []


def _model_at(path: Path) -> type[BaseModel] | None:
    """Return the model whose fields stand at a path; None where no model does."""
    kind: Any = Spec
    for part in path:
        kind = _inside(kind, part)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inside(kind: Any, part: str | int) -> Any:
    """Return what stands in a model, list or mapping at one step of a path, without `Annotated` and `None`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return _bare(field.annotation) if field else None
    items = typing.get_args(kind)
    # tuple[X, ...] holds X, dict[K, X] holds X.
    return _bare(items[0] if typing.get_origin(kind) is tuple else items[-1]) if items else None


def _bare(kind: Any) -> Any:
    while typing.get_origin(kind) in (typing.Annotated, typing.Union, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    return kind
