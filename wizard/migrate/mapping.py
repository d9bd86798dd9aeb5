"""What each setting of a cluster.yml becomes with RKE2, as profiles/rke1_to_rke2.yaml has it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from wizard.distros.rke1.secrecy import without_secrets
from wizard.plain import plain
from wizard.profiles import profile
from wizard.spec.problem import may_be_secret, shorten

_SHOWN = 3  # values of one setting
_WORDS = {
    "same": "taken over",
    "changed": "changed",
    "hand": "by hand",
    "none": "no counterpart",
    "unknown": "not known here",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the profile."""

    at: tuple[str, ...]
    rke2: str
    how: str
    why: str
    source: str
    field: str = ""
    values: tuple[str, ...] = ()
    """The values that it holds for; empty for all. Another one has no counterpart."""

    def of(self, said: Iterable[str]) -> str:
        """How values go."""
        return "none" if self.values and not set(said) <= set(self.values) else self.how


@dataclass(frozen=True, slots=True)
class Mapped:
    """A setting that the file has: where, what it says (no secret), and what becomes of it."""

    at: str
    says: str
    rke2: str
    how: str
    why: str
    field: str = ""

    @property
    def words(self) -> str:
        """How it goes, for people."""
        return _WORDS[self.how]

    def record(self) -> dict[str, str]:
        """The same for a program."""
        return asdict(self)


@cache
def rows() -> tuple[Row, ...]:
    """Return the profile, the longest paths first."""
    found = [
        Row(**{**row, "at": tuple(row["at"].split(".")), "values": tuple(row.get("values", ()))})
        for row in profile("rke1_to_rke2")
    ]
    return tuple(sorted(found, key=lambda row: -len(row.at)))


def mapped(values: Mapping[str, Any]) -> tuple[Mapped, ...]:
    """Take the values of a cluster.yml; return what becomes of each setting, in the order of the file."""
    found: dict[str, tuple[Row | None, list[str]]] = {}
    for path, value in _leaves(without_secrets(values)):
        row = next((row for row in rows() if path[: len(row.at)] == row.at), None)
        key = ".".join(row.at if row else path[:2])
        found.setdefault(key, (row, []))[1].append(_said(path, value, row))
    return tuple(_mapped(key, row, said) for key, (row, said) in found.items())


def _mapped(key: str, row: Row | None, said: list[str]) -> Mapped:
    texts = list(dict.fromkeys(filter(None, said)))
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    says = ", ".join(texts[:_SHOWN]) + more
    if row is None:
        why = "neither rke's own types nor the profile has it; look it up in RKE2's reference"
        return Mapped(key, says, "", "unknown", why)
    return Mapped(key, says, row.rke2, row.of(texts), row.why, row.field)


def _said(path: tuple[str, ...], value: Any, row: Row | None) -> str:
    """A value as it is shown: its own key too, where the row is about more than one."""
    if may_be_secret(path):
        return f"{path[-1]} (not shown)"
    text = "(text)" if "\n" in str(value) else shorten(plain(str(value)))
    inside = path[len(row.at) :] if row else path[2:]
    return f"{'.'.join(map(plain, inside))}={text}" if inside else text


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what stands at each path; places in lists do not count. What is empty says nothing."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, path)
    elif value not in (None, ""):
        yield path, value
