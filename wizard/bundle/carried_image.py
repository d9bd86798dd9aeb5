"""An image in a bundle as one processor runs it."""

from wizard.bundle.carried import blob_of
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.oci.manifest import LIMIT_BYTES, Manifest, read_manifest
from wizard.errors import WizardError


def manifest_of(bundle: Bundle, entry: Entry, arch: str) -> Manifest:
    """Return the manifest of an entry's image for a processor (amd64, arm64), proven.

    Raises WizardError where there is none for it, Refused where its bytes are others than were signed.
    """
    root = _read(bundle, entry.sha256, entry.name)
    if not root.is_index:
        return root
    chosen = root.of(frozenset({arch}))
    if not chosen or bundle.size(chosen[0].sha256) is None:
        hint = f"Make the bundle with --arch {arch}."
        raise WizardError(f"{bundle.path}: {entry.name} is not in it for {arch}", hint=hint)
    return _read(bundle, chosen[0].sha256, entry.name)


def _read(bundle: Bundle, digest: str, name: str) -> Manifest:
    # One byte more than any may have: what is longer is refused, not cut.
    return read_manifest(blob_of(bundle, digest).read(0, LIMIT_BYTES + 1), "", name=name)
