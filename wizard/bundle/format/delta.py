"""Only what changed: what is added, what goes, and a bundle on top of another."""

from dataclasses import dataclass
from pathlib import Path

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Entry
from wizard.bundle.format.verify import Moved, unheard
from wizard.bundle.format.write import write_bundle


@dataclass(frozen=True, slots=True)
class Difference:
    """How a bundle differs from an older one.

    `changed` are entries of the same name with other content. `coming` are the blobs that the older one has not, in
    the order of the newer one's manifest.
    """

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    coming: tuple[str, ...]
    coming_bytes: int


def difference(old: Bundle, new: Bundle) -> Difference:
    """Return how `new` differs from `old`."""
    before = {(each.kind, each.name): each for each in old.manifest.entries}
    after = {(each.kind, each.name): each for each in new.manifest.entries}
    coming = tuple(digest for digest in new.places if digest not in old.places)
    return Difference(
        added=tuple(each for key, each in after.items() if key not in before),
        removed=tuple(each for key, each in before.items() if key not in after),
        changed=tuple(each for key, each in after.items() if key in before and before[key].digests != each.digests),
        coming=coming,
        coming_bytes=sum(new.places[digest].size_bytes for digest in coming),
    )


def write_delta(path: Path, old: Bundle, new: Bundle, *, moved: Moved = unheard) -> None:
    """Write what `new` has and `old` has not; it carries the manifest and the signature of `new`."""
    head = Head(new.manifest, new.head.data, difference(old, new).coming, new.head.signature, old.id)
    write_bundle(path, head, new.open_blob, moved=moved)


def write_whole(path: Path, bundle: Bundle, *, moved: Moved = unheard) -> None:
    """Write a delta that was opened on its base as one whole bundle: the very bytes of the one it was made from."""
    write_bundle(path, Head.of(bundle.manifest, signature=bundle.head.signature), bundle.open_blob, moved=moved)
