"""The step that has etcd save a snapshot, proves it, and brings it home sealed: no upgrade goes on without one."""

from dataclasses import dataclass
from pathlib import Path

from wizard.distros.bring import bring_sealed
from wizard.distros.rke2.config import SERVER_TOKEN
from wizard.errors import StepFailed
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.secret import Secret
from wizard.site import Site
from wizard.upgrade.ask import script
from wizard.upgrade.release import Release
from wizard.vault.pieces import Sealing, header_of, token_mark

FOLDER = "snapshots"
FRESH_S = 3600
"""A snapshot of the same hop is taken again when it is older: what is resumed the next day has a new past."""


def before(target: Release) -> str:
    """Return what the snapshot is called that is taken before the cluster goes to `target`."""
    return f"before-{str(target).replace('+', '-')}"


@dataclass(frozen=True, slots=True)
class Snapshot(Unsettled):
    """Settled never: it is of this moment. Resumed within the hour, the one that is there is enough."""

    site: Site
    release: Release
    """What the cluster runs."""
    name: str
    """What the snapshot is called on the server, before its name and the time."""
    fresh_s: int = FRESH_S
    key: str = "snapshot"
    title: str = "Save a snapshot of etcd and bring it home"
    timeout_s: float = 3600.0
    expected_s: float = 20.0

    async def carry_out(self, work: Work) -> Outcome:
        work.tell(10, "etcd saves a snapshot")
        lines = (await work.host.run(script("save_snapshot"), self.name, str(self.fresh_s), timeout_s=600)).lines[-4:]
        if len(lines) != 4 or not lines[1].isdigit():
            raise StepFailed(work.node, "etcd's snapshot was not made", hint="Free room on its disk, then retry.")
        did, size, digest, path = lines
        home = self.site.state / FOLDER / f"{Path(path).name}.sealed"
        if did == "there" and home.exists() and header_of(home).get("sha256") == digest:
            return "unchanged"
        await bring(self.site, work, path, size=int(size), digest=digest, home=home, release=str(self.release))
        work.said(f"snapshot {Path(path).name}, {int(size) >> 10} KiB, sha256 {digest[:16]}…, sealed in {home}")
        return "done"


async def bring(
    site: Site,
    work: Work,
    path: str,
    *,
    size: int,
    digest: str,
    home: Path,
    release: str = "",
    token: Secret | None = None,
) -> None:
    """Bring a snapshot of `size` bytes and that sha256 from the server at work, sealed, to `home`.

    `release` is what the cluster ran when it was made, where that is known; `token` opens it, by default the one that
    holds now. Raises StepFailed when it arrives damaged.
    """
    token = token or site.vault.get(SERVER_TOKEN)
    header: dict[str, object] = {
        "cluster": site.spec.name,
        "identity": site.identity.id,
        "node": work.node,
        "release": release,
        "sha256": digest,
        "size_bytes": size,
        # Which token opens it; the token itself is in the vault beside.
        "token_sha256": token_mark(token) if token else "",
    }
    await bring_sealed(work, path, Sealing(home, site.vault, header), size=size, digest=digest)
