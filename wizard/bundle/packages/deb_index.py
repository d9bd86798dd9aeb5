"""A repository's list of packages (`Packages`), read as far as dependencies go. Source: deb-control(5)."""

import gzip
import io
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.bundle.packages.relation import Relation
from wizard.errors import WizardError

_RELATION = re.compile(r"([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)?\s*(?:\(\s*([<>=]+)\s*(\S+?)\s*\))?", re.IGNORECASE)
_FIELDS = frozenset(
    (
        "Package",
        "Version",
        "Architecture",
        "Depends",
        "Pre-Depends",
        "Provides",
        "Essential",
        "Priority",
        "Filename",
        "Size",
        "SHA256",
    )
)


@dataclass(frozen=True, slots=True)
class Deb:
    """A package of a repository; `base` is one that each system of its distribution has. `url` is where it lies.

    `proof` says who vouches for its sha256.
    """

    name: str
    version: str
    arch: str
    depends: str
    provides: str
    base: bool
    url: str
    size_bytes: int
    sha256: str
    proof: str = ""

    @property
    def groups(self) -> Iterator[tuple[Relation, ...]]:
        """Yield what it depends on: of each group, one has to be there."""
        for group in filter(None, map(str.strip, self.depends.split(","))):
            yield tuple(relation(text) for text in group.split("|"))

    @property
    def provided(self) -> Iterator[Relation]:
        """Yield what it stands for beside its own name."""
        yield from map(relation, filter(None, map(str.strip, self.provides.split(","))))


def relation(text: str) -> Relation:
    """Return one relation as control files write it: `libc6 (>= 2.36)`, `python3:any`."""
    found = _RELATION.match(text.strip())
    return Relation(found[1], found[2] or "", found[3] or "") if found else Relation(text.strip())


def read_index(path: Path, *, root: str, packed: str, proof: str = "") -> Iterator[Deb]:
    """Yield the packages of an index file; `root` is the repository's URL, `packed` how it is: `.xz`, `.gz` or ``.

    `proof` says who vouches for the file, and so for what it lists. Raises WizardError for what is no such file.
    """
    try:
        with _opened(path, packed) as file:
            for stanza in _stanzas(io.TextIOWrapper(file, encoding="utf-8", errors="replace")):
                yield _deb(stanza, root, proof)
    except (lzma.LZMAError, OSError, EOFError, KeyError, ValueError) as error:
        raise WizardError(
            f"{root}: its list of packages can't be read: {error}", hint="Use another --mirror."
        ) from None


def _opened(path: Path, packed: str) -> IO[bytes] | gzip.GzipFile:
    match packed:
        case ".xz":
            return lzma.open(path)
        case ".gz":
            return gzip.open(path)
        case _:
            return path.open("rb")


def _stanzas(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line == "\n":
            if fields:
                yield fields
            fields = {}
            continue
        name, _, value = line.partition(":")  # what a field goes on with begins with a space: no name of ours
        if name in _FIELDS:
            fields[name] = value.strip()
    if fields:
        yield fields


def _deb(fields: dict[str, str], root: str, proof: str) -> Deb:
    depends = (fields.get("Pre-Depends", ""), fields.get("Depends", ""))
    return Deb(
        name=fields["Package"],
        version=fields["Version"],
        arch=fields["Architecture"],
        depends=",".join(filter(None, depends)),
        provides=fields.get("Provides", ""),
        base=fields.get("Essential") == "yes" or fields.get("Priority") == "required",
        url=f"{root}/{fields['Filename'].removeprefix('./')}",
        size_bytes=int(fields["Size"]),
        sha256=fields["SHA256"],
        proof=proof,
    )
