"""What storage for applications needs on nodes."""

from dataclasses import dataclass

from wizard.design.wish import Wish
from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class StorageNeeds:
    """What must be on every worker before applications keep data there."""

    title: str
    packages: tuple[str, ...]
    """As Debian calls them."""
    modules: tuple[str, ...]
    """Kernel modules."""
    disks: str
    notes: tuple[str, ...]
    source: str


def storage_needs(wish: Wish) -> StorageNeeds | None:
    """Take what is wanted; return what its storage needs, None where applications keep nothing."""
    if wish.storage == "none":
        return None
    data = profile("storage")[wish.storage]
    packages = [*data["packages"], *(data.get("rwx_packages", ()) if wish.rwx else ())]
    return StorageNeeds(
        title=data["title"],
        packages=tuple(packages),
        modules=tuple(data["modules"]),
        disks=data["disks"],
        notes=tuple(data["notes"]),
        source=data["source"],
    )


def storage_notes(wish: Wish) -> tuple[str, ...]:
    """Return what to see to on nodes, as sentences."""
    needs = storage_needs(wish)
    if needs is None:
        return ()
    asked = []
    if needs.packages:
        asked.append(f"packages {', '.join(needs.packages)}")
    if needs.modules:
        asked.append(f"kernel modules {', '.join(needs.modules)}")
    first = (
        f"{needs.title} needs on each worker: {'; '.join(asked)}. {needs.disks}"
        if asked
        else f"{needs.title}: {needs.disks}"
    )
    return (first, *(f"{needs.title}: {note}" for note in needs.notes))
