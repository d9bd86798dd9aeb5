"""A repository's table of contents (`repomd.xml`): what it lists, and who signed it. Source: createrepo_c(8)."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from wizard.bundle.packages.rpm_xml import REPO, elements
from wizard.errors import WizardError


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that the table lists; its size in bytes is None where the table does not say."""

    path: str
    sha256: str
    size_bytes: int | None


def read_repomd(path: Path, *, name: str) -> dict[str, Listed]:
    """Return the files of a table by their kind, such as `primary`. Raises WizardError, with `name`."""
    try:
        with path.open("rb") as file:
            found = {data.get("type", ""): _listed(data) for data in elements(file, f"{{{REPO}}}data")}
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise WizardError(
            f"{name}: it can't be read: {error}", hint="See --mirror: it leads to another place."
        ) from None
    return {kind: listed for kind, listed in found.items() if listed}


def _listed(data: ElementTree.Element) -> Listed | None:
    location, checksum = data.find(f"{{{REPO}}}location"), data.find(f"{{{REPO}}}checksum")
    if location is None or checksum is None or checksum.get("type") != "sha256":
        return None
    size = data.findtext(f"{{{REPO}}}size") or ""
    return Listed(location.attrib["href"], checksum.text or "", int(size) if size.isdecimal() else None)
