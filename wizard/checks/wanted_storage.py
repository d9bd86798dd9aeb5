"""What the storage that a spec chose needs on its nodes, put together from profiles/storage.yaml."""

from dataclasses import dataclass

from wizard.profiles import profile
from wizard.spec.models import Node, Spec

NFS_MODULES = frozenset(("nfs", "nfsv4"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The needs of one kind of storage; without a kind, of none."""

    title: str = ""
    iscsi: bool = False
    nfs: bool = False
    propagation: bool = False
    modules: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    path: str = ""
    """The folder that keeps the volumes; "" where nodes keep none."""
    file_systems: tuple[str, ...] = ()
    """As `stat -f` calls them; any when empty."""
    free_percent: int = 0
    server: str = ""
    """The NFS server, "" where it is not told."""


def wanted(spec: Spec, node: Node) -> Wanted | None:
    """Return what a node needs for the spec's storage; None where it keeps nothing, or runs no applications."""
    chosen = spec.storage
    if chosen.kind == "none" or not spec.runs_applications(node):
        return None
    data = profile("storage")[chosen.kind]
    modules = (*data.get("modules", ()), *(data.get("rwx_modules", ()) if chosen.shared else ()))
    return Wanted(
        title=data["title"],
        iscsi=data.get("iscsi", False),
        nfs=bool(NFS_MODULES & set(modules)),
        propagation=data.get("propagation", False),
        modules=modules,
        tools=tuple(data.get("tools", ())),
        path=chosen.path or data.get("path", ""),
        file_systems=tuple(data.get("file_systems", ())),
        free_percent=data.get("free_percent", 0),
        server=chosen.server or "",
    )
