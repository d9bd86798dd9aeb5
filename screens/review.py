"""The review: every file, the plan, what differs, what was assumed; from here the cluster is started."""

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from screens.checks import ChecksScreen
from screens.glyphs import Glyphs
from screens.secrets import Wanted
from screens.starting import StartingPage
from screens.succeeding import KEYS as SUCCEEDING
from screens.succeeding import SucceedingPage
from screens.widgets.index import Index
from screens.widgets.panes import Line
from screens.widgets.parts import parts, verdict
from screens.widgets.reader import Reader
from wizard.checking import open_checking
from wizard.design.draft import Draft
from wizard.errors import LoginRefused, SudoRefused, WizardError
from wizard.review import Review, look, review_draft
from wizard.rollout.outline import count
from wizard.rollout.step import Survey


class ReviewPage(StartingPage, SucceedingPage):
    """Shows what `wizard.review` found, at first from the draft alone, then with the nodes looked at."""

    KEY: ClassVar[str] = "review"
    BACK: ClassVar[str] = "nodes"
    AUTO_FOCUS = "#index"
    KEYS = (
        ("up down", "select a part; its text stands beside or beneath"),
        ("enter tab", "go to the text, to scroll it; shift+tab comes back"),
        ("s", "start: the spec is written, the nodes are looked at, and you are asked once more"),
        ("w", "write the spec to a file; an existing one is shown and asked about"),
        ("c", "copy the commands that do the same without a screen"),
        ("l", "look at the nodes again; nothing on them is changed"),
        ("p", "preflight: every check, the network between them, and fixes"),
        *SUCCEEDING,
        ("f4", "give the sudo password, or the passphrase of the key, where nodes ask for it"),
    )
    BINDINGS = [Binding("p", "check", "Preflight"), Binding("l", "look", "Look again")]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._seen: Survey | None = None

    def body(self) -> ComposeResult:
        yield Line(id="verdict")
        with Vertical(id="parts"):
            yield Index(self.signs, id="index")
        with Vertical(id="text"):
            yield Line(id="about", classes="bar")
            yield Reader(self.signs, id="reader")

    def on_mount(self) -> None:
        super().on_mount()
        self.review(self.wizard.draft)

    def on_draft(self, draft: Draft) -> None:
        self.review(draft)

    @work(exclusive=True, group="review")
    async def review(self, draft: Draft) -> None:
        """Show the review of `draft` as far as it is known, and look at its nodes unless that was done."""
        found = await asyncio.to_thread(review_draft, draft, given=self.wizard.given, seen=self._seen)
        if self.left:
            return
        self._show(found)
        if self._seen is None and found.plan:
            self.action_look()

    @work(exclusive=True, group="look")
    async def action_look(self) -> None:
        """Look at all nodes, and show what there is to do on them as they are."""
        if self.reviewed is None or self.reviewed.spec is None:
            return
        spec, base = self.reviewed.spec, self.reviewed.path.parent.resolve()
        self.say(f"Looking at {count(len(spec.nodes))}; nothing on them is changed.")
        try:
            self._seen = await look(spec, base, self.wizard.given)
        except WizardError as error:
            self.say(f"The nodes were not looked at: {error.message}. {error.hint}", "warn")
            return
        if self.left:
            return
        missed = len(self._seen.failures)
        self.say(f"{count(missed)} could not be looked at; see Warnings." if missed else "", "warn" if missed else "")
        self.refresh_bindings()
        self.review(self.wizard.draft)

    def wanted(self) -> Wanted | None:
        failures = self._seen.failures.values() if self._seen else ()
        if any(isinstance(error, SudoRefused) for error in failures):
            return "sudo_password"
        return "key_passphrase" if any(isinstance(error, LoginRefused) for error in failures) else None

    def given(self) -> None:
        self.action_look()

    @work(exclusive=True, group="start")
    async def action_check(self) -> None:
        """Check the nodes on a screen of its own, and look at them again when it is left."""
        review = self.reviewed
        if review is None or review.spec is None:
            self.say("There is something to mend before nodes can be checked; see Problems.", "warn")
            return
        async with open_checking(review.spec, review.path.parent.resolve(), self.wizard.given) as checking:
            checking.run()
            await self.app.push_screen_wait(ChecksScreen(checking, self.signs))
        self.action_look()

    def _show(self, review: Review) -> None:
        self.reviewed = review
        self.query_one("#verdict", Line).show([(" ", ""), verdict(review)])
        self.query_one(Index).fill(parts(review, self.wizard.draft.answers.assumptions()))
        self._read()

    @on(Index.Picked)
    def _read(self) -> None:
        if part := self.query_one(Index).part:
            self.query_one("#about", Line).show([(f" {self.signs.text(part.title)}", "strong")])
            self.query_one(Reader).show(part.key, part.text())

    @on(Index.Opened)
    def _to_text(self) -> None:
        self.query_one(Reader).focus()
