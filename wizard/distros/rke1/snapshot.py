"""The step that has `rke` save a snapshot of etcd, proves it on the nodes, and brings it home with what opens it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from wizard.distros.rke1.home import bring
from wizard.distros.rke1.logfile import LogFile
from wizard.distros.rke1.order import LOG, LOST, exit_of, newest, running
from wizard.distros.rke1.reading import Reading
from wizard.distros.rke1.rke import LOOK_S
from wizard.distros.rke1.state import ROOM, SNAPSHOTS
from wizard.distros.rke1.verdict import failure
from wizard.distros.rke1.ward import folder
from wizard.errors import HostError, StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site

SAVED = load_script(ROOM, "saved_snapshot")
FRESH_S = 3600
"""One of the same upgrade that is younger is enough: an upgrade that was resumed asks again."""


def before(version: str) -> str:
    """Return how snapshots are called that are taken before an upgrade to a version; the time follows."""
    return f"before-{version}-"


@dataclass(frozen=True, slots=True)
class Snapshot(Unsettled):
    """Settled never: it is of this moment. `start` begins a run of rke with these words.

    A `name` that ends with a dash is followed by the time, and one like it that is not older than `fresh_s` will do.
    """

    site: Site
    start: Callable[..., str]
    reading: Callable[[], Reading]
    name: str
    fresh_s: int = FRESH_S
    key: str = "snapshot"
    title: str = "Save a snapshot of etcd and bring it home with state file and cluster.yml"
    timeout_s: float = 3600.0
    expected_s: float = 30.0

    async def carry_out(self, work: Work) -> Outcome:
        await self._end(work)  # one that an engine has left
        if there := await self._saved(work, self.name):
            return "done" if await bring(self.site, work, there) else "unchanged"
        name = f"{self.name}{time.strftime('%Y%m%d-%H%M%S')}" if self.name.endswith("-") else self.name
        work.said(await asyncio.to_thread(self.start, work, "etcd", "snapshot-save", "--name", name))
        reading = await self._end(work)
        run = newest(folder(self.site))
        status = exit_of(run) if run else None
        if status is None:
            status = LOST
        if status != 0:
            raise failure(work.node, reading, status)
        # rke ends well though hosts have failed to take one (cluster/etcd.go): the file is what counts.
        if not await self._saved(work, name):
            raise StepFailed(
                work.node,
                f"rke says that it saved {name}, but it is not in {SNAPSHOTS}",
                cause=reading.last_line,
                hint=f"On {work.node}: docker logs etcd-snapshot-once; df -h /opt/rke. Then retry.",
            )
        await self._ask_others(work, name)
        await bring(self.site, work, name)
        return "done"

    async def _saved(self, work: Work, name: str) -> str:
        """The newest of that name that is there and fresh, "" for none."""
        found = (await work.host.run(SAVED, name, str(self.fresh_s or FRESH_S), timeout_s=30)).lines
        return found[-1].partition(" ")[0].removesuffix(".zip") if found else ""

    async def _ask_others(self, work: Work, name: str) -> None:
        for node in self.site.spec.etcd_nodes:
            if node.name == work.node:
                continue
            try:
                lacks = not (await work.at(node.name).run(SAVED, name, str(FRESH_S), timeout_s=30)).lines
            except HostError as error:
                work.said(f"{node.name} was not asked for it: {error.message}")
                continue
            if lacks:
                work.said(f"{node.name} has not saved it: docker logs etcd-snapshot-once there")

    async def _end(self, work: Work) -> Reading:
        """Wait until rke does not run any more; return what its newest run has said."""
        reading, run = self.reading(), newest(folder(self.site))
        log = LogFile(run / LOG) if run else None
        while running(folder(self.site)):
            self._hear(work, log, reading)
            await asyncio.sleep(LOOK_S)
        self._hear(work, log, reading)
        return reading

    def _hear(self, work: Work, log: LogFile | None, reading: Reading) -> None:
        for _, line in log.lines() if log else ():
            reading.take(line)
            work.tell(50, reading.last_line[:80])
