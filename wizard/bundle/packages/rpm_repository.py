"""The metadata that makes a folder of RPM files a repository for dnf and zypper, written out of their own headers.

Source: createrepo_c(8), what it writes; libsolv ext/repo_rpmmd.c, what is read of it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from wizard.bundle.packages.relation import Relation
from wizard.bundle.packages.rpm_header import Header
from wizard.bundle.packages.rpm_xml import COMMON, OPERATORS, REPO, RPM

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FLAGS = {operator: flag for flag, operator in OPERATORS.items()}


@dataclass(frozen=True, slots=True)
class Held:
    """An RPM file of the folder."""

    header: Header
    file_name: str
    sha256: str
    size_bytes: int


def metadata(packages: Iterable[Held]) -> Mapping[str, bytes]:
    """Return the files of the folder's repodata/ by their names: the same packages make the same bytes."""
    rows = sorted(packages, key=lambda each: each.file_name)
    body = "".join(line for each in rows for line in _package(each))
    primary = (
        f'{_XML}<metadata xmlns="{COMMON}" xmlns:rpm="{RPM}" packages="{len(rows)}">\n{body}</metadata>\n'
    ).encode()
    digest = hashlib.sha256(primary).hexdigest()
    table = (
        f'{_XML}<repomd xmlns="{REPO}">\n<revision>1</revision>\n<data type="primary">\n'
        f'<checksum type="sha256">{digest}</checksum><open-checksum type="sha256">{digest}</open-checksum>\n'
        f'<location href="repodata/primary.xml"/><timestamp>1</timestamp>\n'
        f"<size>{len(primary)}</size><open-size>{len(primary)}</open-size>\n</data>\n</repomd>\n"
    ).encode()
    return {"primary.xml": primary, "repomd.xml": table}


def _package(held: Held) -> Iterator[str]:
    header = held.header
    yield f'<package type="rpm"><name>{_text(header.name)}</name><arch>{_text(header.arch)}</arch>\n'
    yield f'<version epoch="{header.epoch}" ver={quoteattr(header.version)} rel={quoteattr(header.release)}/>\n'
    yield f'<checksum type="sha256" pkgid="YES">{held.sha256}</checksum>\n'
    yield "<summary></summary><description></description><packager></packager><url></url>\n"
    yield f'<time file="1" build="1"/><size package="{held.size_bytes}" installed="0" archive="0"/>\n'
    yield f"<location href={quoteattr(held.file_name)}/>\n<format>\n"
    for kind, relations in header.relations.items():
        if relations:
            yield f"<rpm:{kind}>{''.join(map(_entry, relations))}</rpm:{kind}>\n"
    yield from (f"<file>{_text(path)}</file>\n" for path in header.files)
    yield "</format></package>\n"


def _entry(relation: Relation) -> str:
    name = f"<rpm:entry name={quoteattr(relation.name)}"
    if not relation.operator:
        return f"{name}/>"
    epoch, colon, rest = relation.version.partition(":")
    version, dash, release = (rest if colon else relation.version).partition("-")
    more = f" rel={quoteattr(release)}" if dash else ""
    number = epoch if colon else "0"
    return f'{name} flags="{_FLAGS[relation.operator]}" epoch={quoteattr(number)} ver={quoteattr(version)}{more}/>'


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
