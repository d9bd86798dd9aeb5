"""The proof that a bundle holds all that its site will ask for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.bundle.contents.archive import images_in
from wizard.bundle.contents.artifact import Artifact, whole_reference
from wizard.bundle.contents.charts import Values, of_charts
from wizard.bundle.contents.wanted import image_lines, listed, wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry

_TEXT_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is not in the bundle, and what asks for it."""

    name: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What is missing; what could not be proven and why; how many images were looked for."""

    missing: tuple[Missing, ...]
    unproven: tuple[str, ...]
    images: int

    @property
    def whole(self) -> bool:
        """Whether all is there and all of it was proven."""
        return not self.missing and not self.unproven


def complete(bundle: Bundle, wish: Wish, *, values: Values | None = None, helm: Path | None = None) -> Proof:
    """Look for every artifact of a wish, every image of the lists, and every image that the charts come to name.

    Charts are rendered with `values` by the given helm, else the one in the bundle, else the one in PATH. Raises
    Refused for a bundle whose lists or archives can't be read.
    """
    artifacts = wanted(wish).artifacts
    found = {each.name: each for each in bundle.manifest.entries}
    missing = [Missing(each.name, each.part) for each in artifacts if not _there(each, found)]
    missing += [Missing(name, "packages") for each in artifacts for name in _lacking(bundle, each, wish.arches)]
    lists = [each for each in artifacts if each.kind == "list" and each.name in found]
    images, packed, own = dict(_of_lists(bundle, lists)), _packed(bundle), list(_of_archives(bundle, lists))
    charts = [each for each in artifacts if each.kind == "chart" and each.name in found]
    rendered, unproven = of_charts(bundle, charts, wish, values or {}, helm)
    images = rendered | images
    alone = {each.name for each in bundle.manifest.entries if each.kind == "image"}
    there = alone.union(*packed.values())
    missing += [Missing(name, by) for name, by in sorted(images.items()) if name not in there]
    # A node gets the archives of one release at a time.
    missing += [Missing(name, by.name) for name, by in own if name not in alone | packed.get(_folder(by.name), set())]
    looked_for = images.keys() | {name for name, _ in own}
    return Proof(tuple({each.name: each for each in missing}.values()), unproven, len(looked_for))


def _there(artifact: Artifact, found: Mapping[str, Entry]) -> bool:
    """Whether an artifact is in the bundle: itself, or the wheels that the wizard became."""
    if artifact.kind == "package":
        return True  # for each processor of its own
    if artifact.kind == "wheel":
        return any(each.kind == "wheel" and each.version == artifact.version for each in found.values())
    return artifact.name in found


def _lacking(bundle: Bundle, artifact: Artifact, arches: Sequence[str]) -> Iterator[str]:
    """Yield a package whose own file is not there for a processor, as packages/debian-12/haproxy (arm64)."""
    if artifact.kind == "package":
        package = artifact.file_name
        files = bundle.manifest.packages.get(artifact.name, ())
        own = [each.arch for each in files if each.file_name.startswith((f"{package}_", f"{package}-"))]
        yield from (f"{artifact.name} ({arch})" for arch in arches if not {"", arch} & set(own))


def _of_lists(bundle: Bundle, lists: Sequence[Artifact]) -> Iterator[tuple[str, str]]:
    """Yield each image that a list asks for, and the list; those of RKE2 tell what is in archives."""
    for artifact in lists:
        if artifact.part != "rke2":
            yield from ((each.name, artifact.file_name) for each in listed(artifact, _text(bundle, artifact.name)))


def _of_archives(bundle: Bundle, lists: Sequence[Artifact]) -> Iterator[tuple[str, Artifact]]:
    """Yield each image that RKE2's lists say to be in its archives, and the list; a missing archive itself is named."""
    archives = {each.name for each in bundle.manifest.entries if each.kind == "file"}
    for artifact in lists:
        if artifact.part == "rke2" and f"{artifact.name.removesuffix('.txt')}.tar.zst" in archives:
            names = image_lines(_text(bundle, artifact.name))
            yield from ((whole_reference(name), artifact) for name in names)


def _packed(bundle: Bundle) -> dict[str, set[str]]:
    """Return the images in archives of images, by the folder of these in the bundle: that of a release."""
    found: dict[str, set[str]] = {}
    for entry in bundle.manifest.entries:
        if entry.kind == "file" and entry.file_name.startswith("rke2-images"):
            with bundle.open_entry(entry) as archive:
                found.setdefault(_folder(entry.name), set()).update(images_in(archive, name=entry.file_name))
    return found


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _text(bundle: Bundle, name: str) -> str:
    entry = bundle.manifest.find("list", name)
    return bundle.read(entry.sha256, 0, _TEXT_LIMIT).decode(errors="replace") if entry else ""
