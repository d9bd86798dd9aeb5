"""Snapshots at home: each a folder with the snapshot, the state file and the cluster.yml of its time, all sealed.

The three rebuild a cluster from nothing, on other machines too.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.bring import bring_sealed
from wizard.distros.rke1.state import ROOM, SNAPSHOTS
from wizard.distros.rke1.treasure import StateFile, read_state_file, state_of
from wizard.distros.rke1.ward import state_path
from wizard.distros.rke1.write import place
from wizard.errors import StepFailed, WizardError
from wizard.hosts.script import load_script
from wizard.rollout.step import Work
from wizard.site import Site
from wizard.vault.pieces import Sealing, header_of, opened

FOLDER = "snapshots"
ZIP, STATE, CLUSTER = "snapshot.zip.sealed", "cluster.rkestate.sealed", "cluster.yml.sealed"
SUM = load_script(ROOM, "sum_snapshot")


@dataclass(frozen=True, slots=True)
class AtHome:
    """A sealed snapshot by what its header says; `at` is the epoch second of its making."""

    name: str
    path: Path
    size_bytes: int
    at: int
    version: str
    sha256: str


def home(site: Site, name: str) -> Path:
    """Return the folder of a snapshot."""
    return site.state / FOLDER / name


def at_home(site: Site) -> Iterable[AtHome]:
    """Yield the snapshots of this cluster that are here; what is none of ours is passed over."""
    for path in sorted((site.state / FOLDER).glob(f"*/{ZIP}")):
        try:
            header = header_of(path)
        except (OSError, WizardError):
            continue
        if header.get("identity") == site.identity.id:
            yield AtHome(
                path.parent.name,
                path,
                size_bytes=_number(header.get("size_bytes")),
                at=_number(header.get("at")),
                version=str(header.get("version", "")),
                sha256=str(header.get("sha256", "")),
            )


def state_with(site: Site, name: str) -> StateFile | None:
    """Return the state file that was sealed with a snapshot, None where there is none.

    Raises WizardError for one that does not open.
    """
    path = home(site, name) / STATE
    return state_of(b"".join(opened(path, site.vault)), path) if path.exists() else None


def unsealed(site: Site, name: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the files of a snapshot at home, by the names that `rke` looks for, each with its pieces.

    Raises WizardError where there is no such snapshot here, or it does not open.
    """
    names = {ZIP: f"{name}.zip", STATE: "cluster.rkestate", CLUSTER: "cluster.yml"}
    found = {path: called for kept, called in names.items() if (path := home(site, name) / kept).exists()}
    if home(site, name) / ZIP not in found:
        there = ", ".join(each.name for each in at_home(site)) or "none"
        raise WizardError(f"{name}: no snapshot of that name is here; there: {there}", hint="See: snapshot list.")
    yield from ((called, opened(path, site.vault)) for path, called in found.items())


async def bring(site: Site, work: Work, name: str) -> bool:
    """Bring a snapshot home from the node at work, with what is here beside it; False when it is here already.

    Raises StepFailed when it can't be read there or arrives damaged.
    """
    source, folder = f"{SNAPSHOTS}/{name}.zip", home(site, name)
    said = (await work.host.run(SUM, source, timeout_s=600)).lines
    if len(said) != 3 or not said[0].isdecimal() or not said[1].isdecimal():
        raise StepFailed(work.node, f"{source} can't be read", hint="Is it still there? rancher-wizard snapshot list")
    size, at, digest = int(said[0]), int(said[1]), said[2]
    if (folder / ZIP).exists() and header_of(folder / ZIP).get("sha256") == digest:
        return False
    about: dict[str, object] = {"cluster": site.spec.name, "identity": site.identity.id, "version": _version(site)}
    # What belongs to it comes first: where the snapshot is, all of it is.
    for path, kept in ((folder / STATE, state_path(site)), (folder / CLUSTER, place(site))):
        if data := await asyncio.to_thread(_read, kept):
            await asyncio.to_thread(_seal, site, path, about, data)
    header = about | {"node": work.node, "sha256": digest, "size_bytes": size, "at": at}
    await bring_sealed(work, source, Sealing(folder / ZIP, site.vault, header), size=size, digest=digest, begin=50)
    work.said(f"snapshot {name}, {size >> 10} KiB, sha256 {digest[:16]}…, sealed in {folder}")
    return True


def _version(site: Site) -> str:
    """What the cluster runs: the spec may want another one by now."""
    with contextlib.suppress(WizardError):
        if state := read_state_file(state_path(site)):
            return state.version
    return site.spec.version


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _seal(site: Site, path: Path, header: dict[str, object], data: bytes) -> None:
    sealing = Sealing(path, site.vault, dict(header))
    try:
        sealing.add(data)
    except BaseException:
        sealing.drop()
        raise
    sealing.done()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
