"""The bundle that a site is installed from: opened once, and only when somebody signed it whom the operator trusts."""

import io
import platform
import tarfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from wizard.bundle.contents.artifact import ARCHES
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry, Kind
from wizard.bundle.format.verify import prove
from wizard.bundle.signing.trust import Trust, open_trusted
from wizard.errors import BadUsage, WizardError
from wizard.files import write_private
from wizard.hosts.upload import Extent
from wizard.spec.rancher_line import line_of
from wizard.spec.reference import located
from wizard.spec.source import Source


def carried(source: Source, base: Path) -> Bundle | None:
    """Return the bundle of a spec's source; None for another kind. `base` is the folder of the spec.

    What it holds is proven blob by blob, by whoever takes it out. Raises Refused for one that nobody trusted signed, or
    that is damaged; WizardError for one that can't be read.
    """
    if source.kind != "bundle" or source.path is None:
        return None
    path, key = located(source.path, base).resolve(), located(source.key, base).resolve() if source.key else None
    below = tuple(located(each, base).resolve() for each in source.base)
    return _opened(key, *(_seen(each) for each in (*below, path)))


def taken(bundle: Bundle, entry: Entry) -> Extent:
    """Return where an entry's content lies, once its bytes are proven. Raises Refused where they are others."""
    return replace(blob_of(bundle, entry.sha256), name=entry.file_name)


def blob_of(bundle: Bundle, digest: str) -> Extent:
    """Return where a blob lies, once its bytes are proven. Raises Refused where they are others."""
    prove(bundle, digest)
    place = bundle.places[digest]
    return Extent(place.path, place.begin, place.size_bytes, digest[:12])


def content_of(source: Source, base: Path, kind: Kind, name: str) -> bytes | None:
    """Return what the bundle of a spec's source holds under a name, proven; None where the source is another kind.

    For things that fit into memory. Raises WizardError where it is not in the bundle, and what `carried` raises.
    """
    bundle = carried(source, base)
    if bundle is None:
        return None
    entry = bundle.manifest.find(kind, name)
    if entry is None:
        hint = "Make a bundle for this spec by `bundle create`; `bundle check` names all that one lacks."
        raise WizardError(f"{bundle.path}: {name} is not in it", hint=hint)
    extent = taken(bundle, entry)
    return extent.read(0, extent.size_bytes)


def helm_in(bundle: Bundle, folder: Path) -> Path | None:
    """Take the bundle's helm for this machine out of its archive, once that is proven; None where there is none."""
    arch = ARCHES.get(platform.machine(), "")
    for entry in bundle.manifest.entries:
        if entry.name.startswith("helm/") and entry.arch == arch:
            prove(bundle, entry.sha256)
            with bundle.open_entry(entry) as blob, tarfile.open(fileobj=blob, mode="r:gz") as tar:
                program = folder / "helm"
                text = tar.extractfile(f"linux-{arch}/helm") or io.BytesIO()
                # Whole or not at all, and under a name of its own until then: another rollout may be running it.
                write_private(program, text.read(), mode=0o700)
                return program
    return None


def kubectl_in(bundle: Bundle, folder: Path, release: str) -> Path | None:
    """Take the bundle's kubectl for this machine into a folder, once it is proven; None where there is none.

    Of several it is the one whose minor is nearest to that of a release.
    """
    arch, minor = ARCHES.get(platform.machine(), ""), line_of(release)[1]
    found = [each for each in bundle.manifest.entries if each.name.startswith("kubectl/") and each.arch == arch]
    if not found:
        return None
    entry = min(found, key=lambda each: abs(line_of(each.name.split("/")[1])[1] - minor))
    program = folder / f"kubectl-{entry.sha256[:16]}"
    if not program.exists():
        extent = taken(bundle, entry)
        write_private(program, extent.read(0, extent.size_bytes), mode=0o700)
    return program


_Seen = tuple[Path, int, int, int]


def _seen(path: Path) -> _Seen:
    """Return a file, and what tells it from the next one of that name."""
    try:
        seen = path.stat()
    except OSError as error:
        hint = "source.path names the file that `bundle create` made, source.base what a delta is on top of."
        raise BadUsage(f"{path}: {error.strerror}", hint=hint) from error
    return path, seen.st_ino, seen.st_size, seen.st_mtime_ns


@lru_cache(maxsize=4)
def _opened(key: Path | None, *files: _Seen) -> Bundle:
    """Planning asks for it many times; the same files are opened once.

    What a delta borrows of those below it, its own signature covers.
    """
    *below, (path, *_) = files
    bundle: Bundle | None = None
    for under, *_ in below:
        bundle = Bundle.open(under, base=bundle)
    return open_trusted(path, Trust.of([key]) if key else Trust.store(), base=bundle)
