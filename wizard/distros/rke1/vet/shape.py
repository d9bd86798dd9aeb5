"""Whether a cluster.yml has the shape that `rke` reads: kinds of values, and keys that it knows."""

from collections.abc import Iterator, Mapping
from typing import Any

from wizard.distros.rke1.secrecy import near_secret, shown
from wizard.distros.rke1.vet.config import Config, rules
from wizard.profiles import profile
from wizard.secret import MASK
from wizard.spec.problem import Path, Problem, nearest, shorten


def wrong_kinds(config: Config) -> Iterator[Problem]:
    """What Go's reader of YAML refuses to put where a list, a mapping, a number or a switch is meant."""
    for path, value in _values(config.document.value, ()):
        place = ".".join(part for part in path if isinstance(part, str))
        inside = bool(path) and isinstance(path[-1], int)
        wanted = _wanted(place, inside=inside)
        if wanted and value is not None and path not in config.document.doubtful and not _fits(value, wanted):
            said = f"cannot unmarshal {_kind(value, path, wanted)} into {wanted}"
            yield Problem(path, f"Failed to parse cluster file: yaml: unmarshal errors: {said}", "")


def unknown_keys(config: Config) -> Iterator[Problem]:
    """`rke` drops them without a word."""
    known = profile("rke1/keys")
    for path, value in _values(config.document.value, ()):
        place = ".".join(part for part in path if isinstance(part, str))
        if isinstance(value, Mapping) and place in known:
            names = [*known[place], *(known["component"] if _is_component(place) else ())]
            for key in value:
                if key not in names:
                    yield Problem((*path, key), "is not known to `rke`, which drops it silently", nearest(key, names))


def _is_component(place: str) -> bool:
    return place.startswith("services.") and place.count(".") == 1


def _values(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _values(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _values(inner, (*path, index))


def _wanted(place: str, *, inside: bool) -> str:
    """What stands at a place; `inside`: in the list there."""
    table = rules()
    if place in table["lists"] and not inside:
        return "[]"
    if place in profile("rke1/keys") and place != "component":
        return "struct"
    if place in table["switches"]:
        return "bool"
    return "int" if place in table["numbers"] else ""


def _fits(value: Any, wanted: str) -> bool:
    match wanted:
        case "[]":
            return isinstance(value, tuple)
        case "struct":
            return isinstance(value, Mapping)
        case "bool":
            return isinstance(value, bool)
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any, path: Path, wanted: str) -> str:
    if isinstance(value, Mapping):
        return "!!map"
    if isinstance(value, tuple):
        return "!!seq"
    name = {bool: "bool", int: "int", float: "float"}.get(type(value), "str")
    text = MASK if wanted == "struct" and near_secret(path) else shorten(str(shown(value, path)))
    return f"!!{name} `{text.lower() if name == 'bool' else text}`"
