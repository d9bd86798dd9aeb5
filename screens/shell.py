"""The wizard around its pages: the draft they work on, kept as it changes, and the way between them."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import SystemCommand
from textual.screen import ModalScreen, Screen
from textual.signal import Signal

from screens.glyphs import Glyphs
from screens.themes import Themed
from wizard.apply import Given
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place, save
from wizard.design.recommend import Recommendation, recommend


@dataclass(frozen=True, slots=True)
class Follow:
    """The wizard ended with a rollout to look at."""

    run_dir: Path


@dataclass(frozen=True, slots=True)
class Apply:
    """The wizard ended with a spec to bring up."""

    spec: Path


@dataclass(frozen=True, slots=True)
class Stand:
    """The wizard ended with a running cluster to look at: the one of this rollout."""

    run_dir: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """The wizard ended because the operator wants to see it on a simulated site."""


Ending = Follow | Apply | Stand | Demo


@dataclass(frozen=True, slots=True)
class Site:
    """A simulated site that the menu offers: a draft for its machines, and a spec that is ready."""

    draft: Draft
    spec: Path


def said_something(draft: Draft) -> bool:
    """Tell whether there is anything in a draft that is worth keeping."""
    return draft != Draft(id=draft.id, place=draft.place, spec_path=draft.spec_path)


class Shell(Themed[Ending]):
    """The program; it returns what comes after it, or None when the operator just left."""

    PAGES: ClassVar[Mapping[str, tuple[str, Callable[[Glyphs], Screen[None]]]]] = {}
    """Each page's key, its title in the path, and what makes it; in the order in which they are gone through."""

    def __init__(
        self,
        draft: Draft | None = None,
        *,
        site: Site | None = None,
        now: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
    ) -> None:
        """Work on `draft`, or a new one.

        `site` is a simulated one, and marks every page so; `now` gives epoch seconds; `glyphs` are chosen by the
        terminal unless given.
        """
        super().__init__(glyphs)
        self.draft = draft or Draft()
        """What the operator has said so far; replaced as a whole by `change`."""
        self.draft_changed: Signal[Draft] = Signal(self, "draft")
        self.unread: dict[str, str] = {}
        """What was typed and is no answer yet, by question: it stands there again when one comes back."""
        self.given = Given()
        """The secrets that the operator was asked for; they end with this program."""
        self.site = site
        self.now = now
        self._left: dict[str, Place] = {}  # where the operator was on each page
        self._opened = draft is not None
        self._kept: Draft | None = None  # what is on disk
        self._recommended: tuple[Answers, Recommendation] | None = None
        self._keeping = asyncio.Lock()

    def on_mount(self) -> None:
        if self._opened:
            self.go_on()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers: the way to each page, beside what every program has."""
        yield from super().get_system_commands(screen)
        yield SystemCommand("Start menu", "New, open, continue, and what is on this host", lambda: self.goto("start"))
        if len(self.screen_stack) > 1:
            for page, (title, _) in self.PAGES.items():
                yield SystemCommand(title, f"Go to the page {title}", partial(self.goto, page))

    @property
    def simulated(self) -> bool:
        """Whether all that is done here happens on a simulated site."""
        return self.site is not None

    @property
    def recommendation(self) -> Recommendation:
        """What the answers so far lead to; worked out once for the same answers."""
        answers = self.draft.answers
        if self._recommended is None or self._recommended[0] != answers:
            self._recommended = answers, recommend(answers)
        return self._recommended[1]

    def change(self, draft: Draft) -> None:
        """Go on with `draft`: it is kept on disk at once, and every page is told."""
        if draft != self.draft:
            self.draft = draft
            self.draft_changed.publish(draft)
            self._keep()

    @work(group="keep")
    async def _keep(self) -> None:
        """Save the draft beside the loop; several changes in a row are saved as one."""
        async with self._keeping:
            draft = self.draft
            if draft is self._kept or not said_something(draft):
                return
            try:
                await asyncio.to_thread(save, draft)
            except OSError as error:
                self.notify(f"{error}. What you said is only in this program.", title="Not saved", markup=False)
            else:
                self._kept = draft

    async def action_quit(self) -> None:
        """Leave, and say how to come back to what was said."""
        if self.simulated or not said_something(self.draft):
            self.exit()
        else:
            self.exit(message=Text("Your answers are kept. Go on with: rancher-wizard"))

    async def on_unmount(self) -> None:
        self._keep_now()

    def _keep_now(self) -> None:
        if self.draft is not self._kept and said_something(self.draft):
            with contextlib.suppress(OSError):  # told already, when it was tried beside the loop
                save(self.draft)
        self._kept = self.draft

    def work_on(self, draft: Draft) -> None:
        """Go on with another draft where it was left; the one at hand is kept."""
        self._keep_now()
        self.draft, self._kept = draft, None
        self.unread.clear()
        self._left.clear()
        self.go_on()

    def go_on(self) -> None:
        """Go to the page where the draft was left."""
        self._keep()
        page = self.draft.place.screen
        self.goto(page if page in self.PAGES else next(iter(self.PAGES)))

    def goto(self, page: str) -> None:
        """Show a page in place of the one that is shown; "start" is the menu beneath them all."""
        while isinstance(self.screen, ModalScreen):
            self.pop_screen()
        if page == "start":
            while len(self.screen_stack) > 1:
                self._end_work_of(self.screen)
                self.pop_screen()
            return
        if self.draft.place.screen != page:
            self._left[self.draft.place.screen] = self.draft.place
            self.change(replace(self.draft, place=self._left.get(page, Place(page))))
        made = self.PAGES[page][1](self.signs)
        if len(self.screen_stack) > 1:
            self._end_work_of(self.screen)
            self.switch_screen(made)
        else:
            self.push_screen(made)

    def _end_work_of(self, page: Screen[object]) -> None:
        # What a page has begun must not come back to find its widgets gone: they go before its workers do.
        self.workers.cancel_node(page)
