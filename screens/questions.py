"""The questions, with the recommendation beside them: each answer is kept as it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.events import Mount, Resize

from screens.argument import outline
from screens.dialogs import Section
from screens.glyphs import Glyphs
from screens.page import Page
from screens.widgets.question import QuestionPane
from screens.widgets.question_list import STATES, QuestionList, sign
from screens.widgets.signed import Rows
from wizard.design.answers import Answers
from wizard.design.changes import differences
from wizard.design.draft import Draft, Place
from wizard.design.question import Question, allowed, assumed, questions
from wizard.design.recommend import Recommendation

WAYS = {"design": "The designs, weighed", "nodes": "The nodes"}


class QuestionsPage(Page):
    """The list of questions, the field of the one at hand, and what the answers lead to."""

    KEY: ClassVar[str] = "questions"
    AUTO_FOCUS = "#list"
    KEYS = (
        ("up down", "select a question, or a choice"),
        ("enter", "take it and go on to the next question; in the list: go to the field"),
        ("space", "take a choice and stay"),
        ("f3", "I don't know yet: what is assumed then is listed in the end"),
        ("pgup pgdn", "the question before, the next one"),
        ("f2", "the designs in full, and why they rank so"),
        ("ctrl+n", "on to the nodes"),
    )
    BINDINGS = [
        Binding("f3", "leave", "Don't know yet"),
        Binding("f2", "go('design')", "Designs"),
        Binding("ctrl+n", "go('nodes')", "Nodes"),
        Binding("pageup", "step(-1)", "Before", show=False),
        Binding("pagedown", "step(1)", "Next", show=False),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._moved = ""  # the question that was answered last
        self._before: Recommendation | None = None

    def body(self) -> ComposeResult:
        yield QuestionList(self.signs, self._ways, id="list")
        with Container(id="beside"):
            yield QuestionPane(self.signs, id="question")
            yield Rows(self.signs, id="recommended")

    @property
    def _ways(self) -> Mapping[str, str]:
        return {key: title for key, title in WAYS.items() if key in self.wizard.PAGES}

    @property
    def _answers(self) -> Answers:
        return self.wizard.draft.answers

    @on(Mount)
    async def _begin(self) -> None:
        await self.ask(self.wizard.draft.place.key or self._order()[0])

    @on(Resize)
    def _resized(self) -> None:
        # The list is given its new width after the page has: answers are cut to what it has then.
        self.call_after_refresh(self._show_list)

    def on_draft(self, draft: Draft) -> None:
        self._show_list()
        self._show_recommended()

    def _show_recommended(self) -> None:
        recommendation = self.wizard.recommendation
        by = questions()[self._moved].name if self._moved else ""
        changed = differences(self._before, recommendation) if self._before else ()
        self.query_one("#recommended", Rows).show(
            outline(recommendation, self.wizard.draft.design, changed=changed, by=by)
        )

    def _remember(self, key: str) -> None:
        """Hold the recommendation from before an answer, so that all that this one question moves is marked."""
        if key != self._moved:
            self._moved, self._before = key, self.wizard.recommendation

    def _order(self) -> list[str]:
        return [question.key for question in self._answers.asked] + list(self._ways)

    async def repaint(self) -> None:
        self.query_one("#recommended", Rows).show(())
        self.query_one(QuestionList).repaint()
        await self.ask(self.at)

    @property
    def at(self) -> str:
        """The key of the question or way that is selected."""
        key, order = self.wizard.draft.place.key, self._order()
        return key if key in order else order[0]

    async def ask(self, key: str, *, focus: bool = False) -> None:
        """Show the question or way `key`; with `focus` its field gets the keys."""
        with self.app.batch_update():
            await self._ask(key, focus=focus)

    async def _ask(self, key: str, *, focus: bool) -> None:
        draft = self.wizard.draft
        self.wizard.change(replace(draft, place=Place(self.KEY, key if key in self._order() else "")))
        pane, question = self.query_one(QuestionPane), questions().get(self.at)
        if question is None:
            pane.show_way(self._ways[self.at], self._outlook())
        else:
            order = [one.key for one in self._answers.asked]
            place = f"question {order.index(question.key) + 1} of {len(order)}"
            unread = self.wizard.unread.get(question.key, "")
            await pane.show(question, self._answers, place=place, unread=unread, roomy=self.wide)
        self._show_list()
        self._show_recommended()
        if focus:
            pane.focus_field() if question else self.query_one(QuestionList).focus()

    def _outlook(self) -> str:
        """Say how far the answers are before the operator goes on."""
        said = sum(self._answers.stated(question.key) for question in self._answers.asked)
        count = len(self._answers.asked)
        return (
            f"You answered {said} of {count} questions. For the others a default is assumed; the review lists them, "
            f"and you can come back here at any time."
        )

    def _show_list(self) -> None:
        self.query_one(QuestionList).show(self._answers, self.wizard.unread, at=self.at)

    @on(QuestionList.Picked)
    async def _picked(self, event: QuestionList.Picked) -> None:
        if event.enter and event.key in self.wizard.PAGES:
            self.wizard.goto(event.key)
        elif event.key != self.at or event.enter:
            await self.ask(event.key, focus=event.enter)

    @on(QuestionPane.Said)
    async def _said(self, event: QuestionPane.Said) -> None:
        self._remember(event.key)
        self.wizard.unread.pop(event.key, None)
        self.wizard.change(self.wizard.draft.answered(self._answers.given(event.key, event.value)))
        await self._after(event.done)

    @on(QuestionPane.Left)
    async def _left(self, event: QuestionPane.Left) -> None:
        self._remember(event.key)
        self.wizard.unread.pop(event.key, None)
        self.wizard.change(self.wizard.draft.answered(self._answers.left(event.key)))
        await self._after(event.done)

    @on(QuestionPane.Unread)
    def _unread(self, event: QuestionPane.Unread) -> None:
        self.wizard.unread[event.key] = event.text
        self._show_list()

    async def _after(self, done: bool) -> None:
        if done:
            await self.action_step(1, focus=True)

    async def action_leave(self) -> None:
        """I don't know yet."""
        if self.at in questions():
            await self._left(QuestionPane.Left(self.at, done=True))

    async def action_step(self, by: int, focus: bool | None = None) -> None:
        """Go to the next question (1) or the one before (-1)."""
        order = self._order()
        place = order.index(self.at) + by
        if 0 <= place < len(order):
            in_field = not self.query_one(QuestionList).has_focus
            await self.ask(order[place], focus=in_field if focus is None else focus)

    def action_list(self) -> None:
        """Go back to the list of questions."""
        self.query_one(QuestionList).focus()

    def explain(self) -> Sequence[Section]:
        question = questions().get(self.at)
        return _explained(question) if question else ()

    def action_help(self) -> None:
        signs = [(f"{sign(state, self.signs)} {state}", meaning) for state, meaning in STATES.items()]
        self.show_help(("Signs in the list", signs))


def _explained(question: Question) -> list[Section]:
    """Return the help on one question."""
    rows = [
        ("why", question.why),
        ("moves", question.changes),
        ("allowed", allowed(question)),
        ("left open", f"assumed: {assumed(question)}"),
    ]
    choices = [(choice.title, choice.why) for choice in question.choices]
    return [(question.text, rows), *([("Choices", choices)] if choices else [])]
