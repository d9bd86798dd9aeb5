"""What a bundle holds, in few words."""

from collections import Counter

from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Entry, Manifest
from wizard.bundle.sizes import size

SHOWN = 8


def entry_bytes(manifest: Manifest, entry: Entry) -> int:
    """Return what an entry comes to, each of its blobs once; others may need the same ones."""
    return sum(manifest.sizes[digest] for digest in set(entry.digests))


def summary(head: Head) -> str:
    """Return how many of what there are, and their size together."""
    kinds = Counter(entry.kind for entry in head.manifest.entries)
    counts = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in sorted(kinds.items()))
    carried = f", {len(head.carried)} blobs of it here" if head.base else ""
    return f"{counts or 'nothing in it'}: {size(head.manifest.size_bytes)}{carried}"


def proofs(manifest: Manifest) -> str:
    """Say what of their publishers' vouched for the entries when they were fetched: signatures, checksums, neither."""
    files = [each for each in manifest.entries if each.kind not in ("image", "wheel")]
    signed = [each for each in files if each.proof.startswith("signature")]
    summed = [each for each in files if each.proof.startswith("sha256")]
    bare = [each.name for each in files if not each.proof]
    more = f" and {len(bare) - SHOWN} more" if len(bare) > SHOWN else ""
    rest = f"; neither was there for {', '.join(bare[:SHOWN])}{more}" if bare else ""
    return f"publishers' signatures were checked of {len(signed)}, their checksums of {len(summed)}{rest}"
