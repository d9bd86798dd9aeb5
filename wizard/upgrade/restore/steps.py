"""The steps of a restore: all is stopped, one server's etcd is made anew, the others' are set aside, all is proven.

Order (RKE2 documentation, "Restoring a snapshot"): all servers stopped with their pods, the reset on one, then each
other server joins without its former etcd.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wizard.distros.rke2.state import DATA
from wizard.errors import HostError, StepFailed
from wizard.hosts.script import Script, load_script
from wizard.kube.api import Kube
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.ask import script as upgrade_script
from wizard.upgrade.quorum import read_voters
from wizard.upgrade.restore.begun import finish
from wizard.upgrade.restore.choice import Kept
from wizard.vault.pieces import Unsealing

ROOM = Path(__file__).parent
SNAPSHOTS = f"{DATA}/server/db/snapshots"
AGAIN_S = 2.0


def script(name: str) -> Script:
    """Return one of the restore's own scripts."""
    return load_script(ROOM, name)


@dataclass(frozen=True, slots=True)
class Halt(Unsettled):
    """Unchanged where this restore has had the node already."""

    role: str
    id: str
    pods: bool
    """Whether what RKE2 left running ends too: etcd of a server, everything where another release follows."""
    key: str = "halt"
    title: str = "Stop RKE2"
    timeout_s: float = 400.0
    expected_s: float = 15.0

    async def carry_out(self, work: Work) -> Outcome:
        words = ("pods",) if self.pods else ()
        said = (await work.host.run(script("halt_rke2"), self.role, self.id, *words, timeout_s=380)).lines[-1:]
        return "done" if said == ("halted",) else "unchanged"


@dataclass(frozen=True, slots=True)
class Deliver(Unsettled):
    """Puts a snapshot that is sealed at home among those of the server; unchanged where it is there whole."""

    site: Site
    snapshot: Kept
    key: str = "deliver"
    title: str = "Send the snapshot"
    timeout_s: float = 3600.0
    expected_s: float = 10.0

    async def carry_out(self, work: Work) -> Outcome:
        kept = self.snapshot
        if kept.node or kept.bucket:
            return "unchanged"
        sealed = Unsealing(Path(kept.place), self.site.vault, name=kept.name, size_bytes=kept.size_bytes)

        def moved(done: int, size: int) -> None:
            work.tell(100 * done // max(1, size), f"snapshot: {done >> 20} of {size >> 20} MiB")

        place = place_of(kept)
        sent = await work.host.send(sealed, place, sha256=kept.sha256, mode=0o600, on_progress=moved)
        work.said(f"{place}: {kept.size_bytes >> 10} KiB, sha256 {kept.sha256[:16]}… proven")
        return "done" if sent else "unchanged"


def place_of(kept: Kept) -> str:
    """Return where a snapshot lies on the server that is reset; its name, where that has to fetch it itself."""
    return kept.place if kept.node or kept.bucket else f"{SNAPSHOTS}/{PurePosixPath(kept.name).name}"


@dataclass(frozen=True, slots=True)
class SetAside(Unsettled):
    """Moves the etcd that a joining server had out of the way; nothing is deleted."""

    id: str
    key: str = "aside"
    title: str = "Set the former etcd aside"
    timeout_s: float = 120.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        said = (await work.host.run(script("set_aside"), self.id, timeout_s=100)).lines[-1:]
        if said == ("aside",):
            work.said(f"what etcd held is in {DATA}/server/db-before-{self.id}")
        return "done" if said == ("aside",) else "unchanged"


@dataclass(frozen=True, slots=True)
class ForgetPassword(Unsettled):
    """Lets a node in with a password other than the snapshot's: machines made anew have another."""

    server: str
    key: str = "password"
    title: str = "Let the node register anew"
    timeout_s: float = 120.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        kube = Kube(work.at(self.server))
        await kube.delete("secret", f"{work.node}.node-password.rke2", namespace="kube-system")
        return "unchanged"


@dataclass(frozen=True, slots=True)
class Verify(Unsettled):
    """Proves at each server itself that etcd answers there, and that all servers vote; then the restore has ended."""

    site: Site
    servers: tuple[str, ...]
    key: str = "verify"
    title: str = "Prove that every server serves the same etcd"
    timeout_s: float = 600.0
    expected_s: float = 10.0

    async def carry_out(self, work: Work) -> Outcome:
        doubt = ""
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while True:
                    doubts = [await self._doubt(work, name) for name in self.servers]
                    doubt = next(filter(None, doubts), "")
                    if not doubt:
                        break
                    work.tell(50, doubt)
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(work.node, doubt, hint="Look at rke2-server on it; then retry.") from None
        work.said(f"etcd answers on {', '.join(self.servers)}; each is Ready and votes")
        finish(self.site.state)
        return "done"

    async def _doubt(self, work: Work, server: str) -> str:
        """Why not all is well as `server` sees it, "" when it is."""
        try:
            result = await work.at(server).run(upgrade_script("etcd_voters"), timeout_s=45, check=False)
        except HostError as error:
            return error.message
        well, voters = read_voters(result.lines)
        if not well:
            return f"{server}: its API server finds etcd not healthy"
        for name in self.servers:
            if not voters.get(name):
                return f"{server} sees {name} {'not Ready, or not voting' if name in voters else 'nowhere'}"
        return ""
