"""What a bundle holds, in few words."""

from collections import Counter

from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Entry, Manifest
from wizard.bundle.sizes import size


def entry_bytes(manifest: Manifest, entry: Entry) -> int:
    """Return what an entry comes to, each of its blobs once; others may need the same ones."""
    return sum(manifest.sizes[digest] for digest in set(entry.digests))


def summary(head: Head) -> str:
    """Return how many of what there are, and their size together."""
    kinds = Counter(entry.kind for entry in head.manifest.entries)
    counts = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in sorted(kinds.items()))
    carried = f", {len(head.carried)} blobs of it here" if head.base else ""
    return f"{counts or 'nothing in it'}: {size(head.manifest.size_bytes)}{carried}"
