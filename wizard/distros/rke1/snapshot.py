"""The step that has etcd save a snapshot before an upgrade: `rke up` takes none of its own (cluster/cluster.go)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from wizard.distros.rke1.logfile import LogFile
from wizard.distros.rke1.order import LOG, exit_of, newest, running
from wizard.distros.rke1.reading import Reading
from wizard.distros.rke1.rke import LOOK_S
from wizard.distros.rke1.state import ROOM
from wizard.distros.rke1.verdict import failure
from wizard.distros.rke1.ward import folder
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site

SAVED = load_script(ROOM, "saved_snapshot")
FRESH_S = 3600
"""One of the same upgrade that is younger is enough: an upgrade that was resumed asks again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Settled never: it is of this moment. `start` begins a run of rke with these words."""

    site: Site
    start: Callable[..., str]
    reading: Callable[[], Reading]
    key: str = "snapshot"
    title: str = "Save a snapshot of etcd"
    timeout_s: float = 1800.0
    expected_s: float = 30.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        prefix = f"before-{self.site.spec.version}-"
        await self._end(work)  # one that an engine has left
        if await self._saved(work, prefix):
            return "unchanged"
        name = f"{prefix}{time.strftime('%Y%m%d-%H%M%S')}"
        work.said(await asyncio.to_thread(self.start, work, "etcd", "snapshot-save", "--name", name))
        reading = await self._end(work)
        run = newest(folder(self.site))
        status = exit_of(run) if run else None
        if status != 0:
            raise failure(work.node, reading, status)
        # rke ends well though hosts have failed to take one (cluster/etcd.go): the file is what counts.
        if not await self._saved(work, name):
            raise StepFailed(
                work.node,
                f"rke says that it saved {name}, but it is not in /opt/rke/etcd-snapshots",
                cause=reading.last_line,
                hint=f"On {work.node}: docker logs etcd-snapshot-once; df -h /opt/rke. Then retry.",
            )
        return "done"

    async def _saved(self, work: Work, prefix: str) -> bool:
        found = (await work.host.run(SAVED, prefix, str(FRESH_S), timeout_s=30)).lines
        if found:
            work.said(f"snapshot {found[-1]} bytes, in /opt/rke/etcd-snapshots of each etcd node")
        return bool(found)

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
