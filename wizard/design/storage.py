"""What storage for applications needs on nodes."""

from dataclasses import dataclass

from wizard.design.wish import Wish
from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class StorageNeeds:
    """What must be on every worker before applications keep data there."""

    title: str
    packages: tuple[str, ...]
    """As Debian calls them, with other names in brackets."""
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
    shared = data.get("rwx_packages", ()) if wish.rwx else ()
    return StorageNeeds(
        title=data["title"],
        packages=(*data.get("packages", ()), *shared),
        modules=tuple(data.get("modules", ())),
        disks=data["disks"],
        notes=tuple(data["notes"]),
        source=data["source"],
    )


def storage_notes(wish: Wish) -> tuple[str, ...]:
    """Return what to see to on nodes, as sentences."""
    needs = storage_needs(wish)
    if needs is None:
        return ()
    asked = [f"package {package}" for package in needs.packages]
    asked += [f"kernel module {module}" for module in needs.modules]
    on_nodes = f"on each worker {', '.join(asked)}. " if asked else ""
    return (f"{needs.title}: {on_nodes}{needs.disks}", *needs.notes)
