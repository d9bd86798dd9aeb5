"""What is fetched or sent, as bars on a terminal: all together, and each file that is under way."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from wizard.bundle.fetch.events import (
    FetchEnded,
    FetchEvent,
    FetchMoved,
    FetchRetried,
    FetchStarted,
    Tally,
)
from wizard.plain import plain

NAME_WIDTH = 36


class FetchBars:
    """Use it as a context manager; the bars go away at its end."""

    def __init__(self, console: Console | None = None) -> None:
        self._tally = Tally()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console or Console(stderr=True),
            transient=True,
            expand=True,
        )
        self._all = self._progress.add_task("all", total=None)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def expect(self, size_bytes: int) -> None:
        """Take what all will come to, as far as it is known."""
        self._tally.wanted_bytes = size_bytes

    def hear(self, event: FetchEvent) -> None:
        """Fold one event in, and move the bars."""
        self._tally.apply(event)
        match event:
            case FetchStarted():
                self._bar(event.name, event.size_bytes, event.have_bytes)
            case FetchMoved() if event.name in self._bars:
                self._progress.update(self._bars[event.name], completed=event.have_bytes)
            case FetchEnded() if event.name in self._bars:
                self._progress.remove_task(self._bars.pop(event.name))
            case FetchRetried():
                said = Text(plain(f"{event.name}: {event.why}; again in {event.wait_s:.0f} s"))
                self._progress.console.print(said, highlight=False)
        self._progress.update(self._all, completed=self._tally.have_bytes, total=self._tally.total_bytes or None)

    def _bar(self, name: str, total: int | None, have: int) -> None:
        if name in self._bars:  # a further try at the same file
            self._progress.update(self._bars[name], total=total, completed=have)
            return
        tail = plain(name)
        title = tail if len(tail) <= NAME_WIDTH else f"…{tail[1 - NAME_WIDTH :]}"
        self._bars[name] = self._progress.add_task(title, total=total, completed=have)
