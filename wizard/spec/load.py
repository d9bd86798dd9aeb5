"""From `cluster.yaml` to a spec, with everything that is wrong told at once."""

import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from wizard.errors import BadSpec
from wizard.spec.message import errors_of, path_of, problem_of
from wizard.spec.models import Spec
from wizard.spec.positions import SIZE_LIMIT, Document, read_document
from wizard.spec.problem import Path, Problem
from wizard.spec.rules import judge
from wizard.spec.salvage import salvage
from wizard.spec.warning import WARNINGS

PROBLEM_LIMIT = 200  # more than anybody reads; a file of something else altogether has a hundred thousand
OPTION_HINT = "Correct what the command line says; nothing was changed."
HINT = "Correct the lines named above; `rancher-wizard schema` lets an editor check while you type."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec that can be used, and what is worth a second thought (`file:line: field: what; advice`)."""

    spec: Spec
    warnings: tuple[str, ...]


def load_spec(path: pathlib.Path) -> Loaded:
    """Take the path of a `cluster.yaml`; return what it asks for.

    Raises BadSpec with all problems, sorted by line; with one problem where the text can't be read as YAML at all.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a usable path"
        raise BadSpec([f"{path}: {what}"], hint="Name the spec, usually cluster.yaml.") from None
    return read_spec(data, name=str(path))


def read_spec(data: bytes, *, name: str, options: Mapping[Path, str] | None = None) -> Loaded:
    """Take the bytes of a spec and the name to call it by; otherwise as `load_spec`.

    `options` names what on the command line gave the value at a path: a problem there is told of that, not of a line.
    """
    document = read_document(data, name=name)
    spec, problems = _validate(document)
    problems = [*document.problems, *problems]
    if problems or spec is None:
        told = {one: option for one in problems if (option := _option(one.path, options or {}))}
        lines = (one.line_of_option(option) for one, option in told.items())
        rest = _lines((one for one in problems if one not in told), document, name)
        raise BadSpec(_shown((*dict.fromkeys(lines), *rest), name), hint=HINT if rest else OPTION_HINT)
    return Loaded(spec, _lines((each for warn in WARNINGS for each in warn(spec)), document, name))


def _option(path: Path, options: Mapping[Path, str]) -> str:
    """Return what gave the value at a path, or the part of the spec around it; "" for what the file says."""
    return next((options[path[:end]] for end in range(len(path), 0, -1) if path[:end] in options), "")


def _validate(document: Document) -> tuple[Spec | None, list[Problem]]:
    """Return the spec, or None and what is wrong with it."""
    try:
        spec = Spec.model_validate(document.value)
    except ValidationError as error:
        # Nothing of `error` may be raised further: it holds the spec's text, secrets in the clear included.
        errors = errors_of(error)[: 5 * PROBLEM_LIMIT]
        rest = salvage(document.value, error)
        found = judge(rest, {path_of(one) for one in errors}) if rest else []
        return None, [*(problem_of(one, document) for one in errors), *found]
    return spec, judge(spec, set())


def _shown(lines: tuple[str, ...], name: str) -> tuple[str, ...]:
    if len(lines) <= PROBLEM_LIMIT:
        return lines
    return (*lines[:PROBLEM_LIMIT], f"{name}: more than {PROBLEM_LIMIT} problems, the others are not shown")


def _lines(problems: Iterable[Problem], document: Document, name: str) -> tuple[str, ...]:
    """Return each problem once, by line; a doubt about a word hides what is wrong with its guessed meaning."""
    kept = [one for one in problems if one.path not in document.doubtful or one in document.problems]
    ordered = sorted(kept, key=lambda one: document.line_of(one.path))
    return tuple(dict.fromkeys(one.line(name, document.line_of(one.path)) for one in ordered))
