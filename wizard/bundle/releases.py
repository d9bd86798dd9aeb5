"""The releases that a bundle carries: how large each is, and what of one is not there."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wizard.bundle.contents.artifact import whole_reference
from wizard.bundle.contents.rke1 import Rke1Wish, all_system_images
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry, Manifest
from wizard.errors import WizardError
from wizard.spec.release import RKE1_VERSION
from wizard.spec.rke1_version import numbers_of, rke_for

LIST_LIMIT = 64 << 20
"""Bytes that a publisher's list may have; the metadata of rke has some 6 MiB."""
_OF_ARCH = re.compile(r"(?:linux|sha256sum)-([a-z0-9]+)\.")


@dataclass(frozen=True, slots=True)
class CarriedRelease:
    """A release, the size of all that it is made of, each blob once, and the files that are missing of it."""

    name: str
    size_bytes: int
    missing: tuple[str, ...] = ()


def beside(arch: str) -> tuple[str, str, str]:
    """Return the files of an RKE2 release that are needed beside the archives of images."""
    return f"rke2.linux-{arch}.tar.gz", f"sha256sum-{arch}.txt", "install.sh"


def releases_in(bundle: Bundle) -> tuple[CarriedRelease, ...]:
    """Return the releases of RKE2, then the versions of RKE1, each oldest first; nothing is proven by it.

    Which images a spec runs beside those that every node runs, only `bundle check` knows. Metadata of RKE1 that can't
    be read tells of no version.
    """
    sizes = bundle.manifest.sizes
    found = [
        CarriedRelease(name, _size(sizes, entries), tuple(_missing(entries)))
        for name, entries in sorted(_rke2(bundle.manifest).items(), key=lambda each: numbers_of(each[0]))
    ]
    return (*found, *_rke1(bundle))


def rke2_releases(manifest: Manifest) -> tuple[str, ...]:
    """Return the releases of RKE2, oldest first, of which no file is missing that every node needs."""
    whole = (name for name, entries in _rke2(manifest).items() if not any(_missing(entries)))
    return tuple(sorted(whole, key=numbers_of))


def rke1_versions(bundle: Bundle, picks: Sequence[str], *, images_too: bool = True) -> dict[str, frozenset[str]]:
    """Return the versions of RKE1, oldest first, whose images called `picks` in cluster.yml are all in a bundle.

    With each come these images; without `images_too` they need not be inside. Of the metadata of an `rke`, the
    versions count that bundles bring this one for. Raises WizardError for metadata that can't be read.
    """
    images = {each.name for each in bundle.manifest.entries if each.kind == "image"}
    found: dict[str, frozenset[str]] = {}
    for entry in bundle.manifest.entries:
        match entry.name.split("/"):
            case ["rke1", rke, "data.json"] if entry.kind == "list":
                for version, known in _metadata(bundle, entry).items():
                    own = frozenset(whole_reference(known[name]) for name in picks if name in known)
                    there = own and (own <= images or not images_too)
                    if there and RKE1_VERSION.fullmatch(version) and rke_for(version) == rke:
                        found[version] = own
    return dict(sorted(found.items(), key=lambda each: numbers_of(each[0])))


def _rke2(manifest: Manifest) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in manifest.entries:
        match entry.name.split("/"):
            case ["rke2", release, _]:
                found.setdefault(release, []).append(entry)
    return found


def _missing(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the files that every node needs, for each processor that there is any file for."""
    names = {each.file_name for each in entries if each.kind == "file"}
    arches = sorted({found[1] for name in names if (found := _OF_ARCH.search(name))}) or ["amd64"]
    wanted = dict.fromkeys(
        name for arch in arches for name in (*beside(arch), f"rke2-images-core.linux-{arch}.tar.zst")
    )
    yield from (name for name in wanted if name not in names)


def _rke1(bundle: Bundle) -> Iterator[CarriedRelease]:
    entries = {each.name: each for each in bundle.manifest.entries if each.kind == "image"}
    try:
        versions = rke1_versions(bundle, Rke1Wish("", parts=()).picks)
    except WizardError:
        return
    for version, images in versions.items():
        yield CarriedRelease(version, _size(bundle.manifest.sizes, (entries[name] for name in images)))


def _metadata(bundle: Bundle, entry: Entry) -> dict[str, dict[str, str]]:
    text = bundle.read(entry.sha256, 0, LIST_LIMIT).decode(errors="replace")
    return all_system_images(text, name=entry.name)


def _size(sizes: dict[str, int], entries: Iterable[Entry]) -> int:
    return sum(sizes[digest] for digest in {digest for entry in entries for digest in entry.digests})
