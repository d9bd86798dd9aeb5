"""A repository's list of packages (`primary.xml`), read as far as dependencies go.

Source: docs of createrepo_c; rpm-dependencies(7) and "Boolean dependencies" of rpm.org's manual.
"""

import gzip
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from lzma import LZMAError
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree

import zstandard
from zstandard import ZstdError

from wizard.bundle.packages.relation import Relation
from wizard.bundle.packages.rpm_xml import COMMON, OPERATORS, RPM, elements
from wizard.errors import WizardError

BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MERGED = re.compile(r"/(bin|sbin|lib|lib64)/")
_WORD = re.compile(r"\s*(\(|\)|(?:[^\s()]|\([^()]*\))+)")


@dataclass(frozen=True, slots=True)
class Rpm:
    """A package of a repository; `url` is where it lies, `files` those of its own that the list names.

    `keyrings` are those of which one has to prove the package itself, where nobody signed the list; else `proof` says
    who signed that.
    """

    name: str
    version: str
    arch: str
    requires: tuple[Relation, ...]
    provides: tuple[Relation, ...]
    files: tuple[str, ...]
    url: str
    size_bytes: int
    sha256: str
    keyrings: tuple[Path, ...] = ()
    proof: str = ""

    @property
    def base(self) -> bool:
        """No list says which packages every system has: profiles/artifacts.yaml does, by `there`."""
        return False

    @property
    def groups(self) -> Iterator[tuple[Relation, ...]]:
        """Yield what it depends on: of each group, one has to be there."""
        own = {each.name for each in self.provided}
        for each in self.requires:
            if not each.name.startswith("rpmlib(") and each.name not in own:
                yield from groups_of(each)

    @property
    def provided(self) -> Iterator[Relation]:
        """Yield what it stands for beside its own name; its files too."""
        yield from self.provides
        yield from (Relation(merged(path)) for path in self.files)


def merged(path: str) -> str:
    """Return a path as it is where /bin and its like are links into /usr."""
    return f"/usr{path}" if _MERGED.match(path) else path


def groups_of(wanted: Relation) -> Iterator[tuple[Relation, ...]]:
    """Yield the groups of one requirement, which may be a boolean one: `(a or b)`, `(a >= 2 if b)`.

    What holds only under a condition is wished for: to carry too much harms nobody.
    """
    if not wanted.name.startswith("("):
        yield (Relation(merged(wanted.name), wanted.operator, wanted.version, wanted.wished),)
        return
    words = [found[1] for found in _WORD.finditer(wanted.name)]
    yield from _expression(words)


def _expression(words: list[str]) -> list[tuple[Relation, ...]]:
    """Take one expression off the words; return its groups."""
    if words[:1] != ["("]:
        return [(_simple(words),)]
    del words[0]
    parts, operators = [_expression(words)], list[str]()
    while words and words[0] != ")":
        operators.append(words.pop(0))
        parts.append(_expression(words) if words else [])
    del words[:1]
    match operators[0] if operators else "":
        case "or":
            return [tuple(each for part in parts for group in part for each in group)]
        case "and":
            return [group for part in parts for group in part]
        case "if" | "unless":
            return [tuple(replace(each, wished=True) for each in group) for group in parts[0]]
        case _:
            return parts[0]  # `with` and `without` say more of the same package


def _simple(words: list[str]) -> Relation:
    name = merged(words.pop(0)) if words else ""
    if len(words) >= 2 and words[0] in OPERATORS.values():
        return Relation(name, words.pop(0), words.pop(0))
    return Relation(name)


def read_primary(path: Path, *, root: str, packed: str, arches: frozenset[str]) -> Iterator[Rpm]:
    """Yield the packages for these processors (x86_64, noarch) of a list, packed as `.gz`, `.xz`, `.zst` or ``.

    `root` is the repository's URL. Raises WizardError for what is no such list.
    """
    try:
        with _opened(path, packed) as file:
            yield from _packages(file, root, arches)
    except (ElementTree.ParseError, OSError, EOFError, ZstdError, LZMAError, KeyError, ValueError) as error:
        hint = "Use another --mirror."
        raise WizardError(f"{root}: its list of packages can't be read: {error}", hint=hint) from None


def _opened(path: Path, packed: str) -> IO[bytes]:
    match packed:
        case ".gz":
            return cast(IO[bytes], gzip.open(path))
        case ".xz":
            return cast(IO[bytes], lzma.open(path))
        case ".zst":
            return cast(IO[bytes], zstandard.open(path, "rb"))
        case _:
            return path.open("rb")


def _packages(file: IO[bytes], root: str, arches: frozenset[str]) -> Iterator[Rpm]:
    for element in elements(file, f"{{{COMMON}}}package"):
        if element.findtext(f"{{{COMMON}}}arch") in arches:
            yield _rpm(element, root)


def _rpm(element: ElementTree.Element, root: str) -> Rpm:
    def text(name: str) -> str:
        return element.findtext(f"{{{COMMON}}}{name}") or ""

    def part(name: str) -> dict[str, str]:
        found = element.find(f"{{{COMMON}}}{name}")
        if found is None:
            raise KeyError(f"{name} of {text('name')} is missing")
        return dict(found.attrib)

    checksum, form = element.find(f"{{{COMMON}}}checksum"), element.find(f"{{{COMMON}}}format")
    if checksum is None or form is None or checksum.get("type") != "sha256":
        raise ValueError(f"{text('name')} has no sha256")
    return Rpm(
        name=text("name"),
        version=_version(part("version")),
        arch=text("arch"),
        requires=tuple(_relations(form, "requires")),
        provides=tuple(_relations(form, "provides")),
        files=tuple(each.text or "" for each in form.iterfind(f"{{{COMMON}}}file")),
        url=f"{part('location').get(BASE, root).rstrip('/')}/{part('location')['href'].removeprefix('./')}",
        size_bytes=int(part("size")["package"]),
        sha256=checksum.text or "",
    )


def _relations(form: ElementTree.Element, kind: str) -> Iterator[Relation]:
    for entry in form.iterfind(f"{{{RPM}}}{kind}/{{{RPM}}}entry"):
        operator = OPERATORS.get(entry.get("flags", ""), "")
        yield Relation(entry.attrib["name"], operator, _version(dict(entry.attrib)) if operator else "")


def _version(fields: dict[str, str]) -> str:
    epoch, release = fields.get("epoch") or "0", fields.get("rel", "")
    return f"{epoch}:{fields.get('ver', '')}" + (f"-{release}" if release else "")
