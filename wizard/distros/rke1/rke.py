"""`rke` on this machine as the engine sees it: one run for all nodes, followed by every step that awaits it."""

import asyncio
from collections.abc import Callable, Iterable

from wizard.distros.rke1.line import read_line
from wizard.distros.rke1.logfile import LogFile
from wizard.distros.rke1.order import LOG, LOST, TOLD, exit_of, newest, running, task, told
from wizard.distros.rke1.reading import Member, Reading
from wizard.distros.rke1.verdict import failure
from wizard.distros.rke1.write import FOLDER
from wizard.errors import StepFailed
from wizard.rollout.step import Work
from wizard.site import Site

LOOK_S = 0.2
END = "end"
"""Stands for the end of a run where it is told whom it failed on."""


class Run:
    """One run: its log as it grows, and how it ended. Whoever looks reads on for all."""

    def __init__(self, site: Site, members: Iterable[Member]) -> None:
        """Take the newest run of the site."""
        folder = newest(site.state / FOLDER)
        if folder is None:
            raise ValueError("there is no run")
        self.folder = folder
        self.reading = Reading(members)
        self._state = site.state / FOLDER
        self._log = LogFile(folder / LOG)
        self._told = told(folder)
        self._listeners: dict[str, Work] = {}
        self.status: int | None = None
        self.blamed: set[tuple[str, str]] = set()
        """Whom its failure was told to, with the phase: whoever comes back wants another run."""

    def listen(self, work: Work) -> None:
        """Hand what rke says of a node, from now on, to whoever works on it."""
        self._listeners[work.node] = work

    def leave(self, work: Work) -> None:
        """Hand it no more."""
        self._listeners.pop(work.node, None)

    def read_on(self) -> None:
        """Take what has come since, and see whether the run has ended."""
        alive = running(self._state)  # before the log is read: what it wrote at its end is not missed
        reached, more = self._told, False
        for reached, raw in self._log.lines():
            more = True
            self._take(raw, new=reached > self._told)
        if more and reached > self._told:
            self._told = reached
            (self.folder / TOLD).write_text(str(reached))
        if not alive and not more and self.status is None:
            self._take(self._log.last(), new=True)
            status = exit_of(self.folder)
            self.status = (0 if self.reading.succeeded else LOST) if status is None else status

    def _take(self, raw: str, *, new: bool) -> None:
        line = read_line(raw)
        about = self.reading.take_line(line)
        listener = self._listeners.get(about) or next(iter(self._listeners.values()), None)
        if new and listener and line.message:
            listener.said(line.message)


class Rke:
    """The runs of one rollout. One that was begun by an engine that is gone is followed, not begun a second time."""

    def __init__(
        self, site: Site, members: Iterable[Member], start: Callable[[Work], str], task: Callable[[], str]
    ) -> None:
        """Take the site, its nodes as rke calls them, what starts a run and returns its command, and its task."""
        self._site = site
        self._task = task
        self._members = tuple(members)
        self._start = start
        self._run: Run | None = None
        self._lock = asyncio.Lock()

    def worked_on(self, node: str) -> bool:
        """Whether the run started or replaced a container of Kubernetes on `node`."""
        return bool(self._run and self._run.reading.way(node).worked_on)

    async def follow(self, work: Work, phase: str) -> None:
        """Return when `phase` is over on the work's node. Raises StepFailed when that will not be."""
        run = await self._current(work, phase)
        run.listen(work)
        shown = (-1, "")
        try:
            while True:
                run.read_on()
                if self._over(run, work.node, phase):
                    return
                if (now := _words(run.reading, work.node, phase)) != shown:
                    shown = now
                    work.tell(*now)
                await asyncio.sleep(LOOK_S)
        finally:
            run.leave(work)

    async def end(self, work: Work) -> None:
        """Return when the run has ended well. Raises StepFailed when it has not: what it says last is not its end."""
        run = await self._current(work, END)
        run.listen(work)
        try:
            while True:
                run.read_on()
                if run.status is not None:
                    break
                work.tell(50, run.reading.last_line[:80])
                await asyncio.sleep(LOOK_S)
        finally:
            run.leave(work)
        if run.status != 0:
            run.blamed.add((work.node, END))
            raise failure(work.node, run.reading, run.status)

    def _over(self, run: Run, node: str, phase: str) -> bool:
        if run.reading.over(node, phase) or run.status == 0:
            return True
        if run.status is None and not run.reading.lost(node):
            return False
        # Further nodes may have failed to come up, yet this one went through all that was to be done on it.
        if phase == "addons" and run.reading.left_behind(node):
            return True
        run.blamed.add((node, phase))
        raise failure(node, run.reading, run.status)

    async def _current(self, work: Work, phase: str) -> Run:
        async with self._lock:
            if self._run and self._run.status is None:
                self._run.read_on()
            done_for = self._run and self._run.status not in (None, 0) and (work.node, phase) in self._run.blamed
            if self._run is None or done_for:
                self._run = await self._begin(work)
            return self._run

    async def _begin(self, work: Work) -> Run:
        """Follow the run of this task that is under way, else begin one once no other is."""
        folder = self._site.state / FOLDER
        while await asyncio.to_thread(running, folder):
            run = newest(folder)
            if run and task(run) == self._task():
                break
            work.tell(0, "waits for the end of another run of rke, which an engine has left")
            await asyncio.sleep(LOOK_S)
        else:
            work.said(await asyncio.to_thread(self._start, work))
        try:
            return Run(self._site, self._members)
        except ValueError:
            raise StepFailed(work.node, "rke has the lock, but no run is there", hint="Wait, then retry.") from None


def _words(reading: Reading, node: str, phase: str) -> tuple[int, str]:
    """The percent of `phase`, and what is done; before it begins, what is awaited."""
    way = reading.way(node)
    return reading.percent(node, phase), way.doing
