"""A repository's table of contents (`InRelease`), once its publisher's keys proved it.

Source: wiki.debian.org/DebianRepository/Format.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from wizard.errors import Refused


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that the table lists: its size in bytes and sha256."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class AptRelease:
    """What a repository says of itself; `by_hash` where its files lie under their digests too."""

    names: frozenset[str]
    by_hash: bool
    files: dict[str, Listed]


def read_release(text: str, *, suite: str, name: str, now: datetime | None = None) -> AptRelease:
    """Read a proven table. Raises Refused for that of another suite, or one that has run out."""
    fields, files = _fields(text)
    until = parsedate_to_datetime(fields["Valid-Until"]) if "Valid-Until" in fields else None
    found = AptRelease(
        names=frozenset((fields.get("Suite", ""), fields.get("Codename", ""))),
        by_hash=fields.get("Acquire-By-Hash") == "yes",
        files={each.path: each for each in files},
    )
    if suite not in found.names:
        there = ", ".join(sorted(filter(None, found.names))) or "nothing"
        raise Refused(f"{name}: it is of {there}, not of {suite}", hint="See --mirror: it leads to another place.")
    if until and until < (now or datetime.now(UTC)):
        what = f"{name}: it ran out on {until:%Y-%m-%d}"
        raise Refused(what, hint="The mirror is behind, or this machine's clock is wrong: use another mirror.")
    return found


def _fields(text: str) -> tuple[dict[str, str], list[Listed]]:
    fields: dict[str, str] = {}
    files: list[Listed] = []
    field = ""
    for line in text.splitlines():
        words = line.split()
        if not line.startswith(" "):
            field, _, value = line.partition(":")
            fields[field] = value.strip()
        elif field == "SHA256" and len(words) == 3 and words[1].isdecimal():
            files.append(Listed(words[2], int(words[1]), words[0]))
    return fields, files
