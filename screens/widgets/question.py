"""One question with its field: what is asked and why, the answer, and what is wrong with it."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, OptionList, Static

from screens.glyphs import Glyphs
from screens.widgets.choices import Choices, Row
from screens.widgets.entry_line import EntryLine
from screens.widgets.ink import CLASSES
from screens.widgets.panes import Line
from wizard.design.answers import Answers
from wizard.design.question import NOTHING, Question, Value, allowed, assumed, read_answer, typed
from wizard.errors import BadAnswer


class QuestionPane(VerticalScroll, can_focus=False):
    """Asks one question at a time; it reads what is typed and says how to mend what can't be read."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    @dataclass
    class Said(Message):
        """An answer that can be used; `done` when the operator goes on."""

        key: str
        value: Value
        done: bool

    @dataclass
    class Left(Message):
        """The question is left open; `done` when the operator goes on."""

        key: str
        done: bool

    @dataclass
    class Unread(Message):
        """Text that was typed and is no answer yet."""

        key: str
        text: str

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._question: Question | None = None
        self._said = ""  # the text of the answer as it stands

    def compose(self) -> ComposeResult:
        yield Line(id="place", classes="bar")
        yield Static(id="asked")
        yield Static(id="why")
        yield Vertical(id="field")
        yield Static(id="note")

    async def show(self, question: Question, answers: Answers, *, place: str, unread: str, roomy: bool) -> None:
        """Ask `question`; `place` says where in the list it is, `unread` is text that was typed and is no answer."""
        self._question = question
        self._said = typed(answers[question.key]) if answers.stated(question.key) else ""
        self.query_one("#place", Line).show([(f" {place}", "muted")])
        self.query_one("#asked", Static).update(Text(self._signs.text(question.text)))
        self.query_one("#why", Static).update(Text(self._signs.text(question.why)))
        field = self.query_one("#field", Vertical)
        await field.remove_children()
        await field.mount(self._field(question, answers, unread=unread, roomy=roomy))
        self._look_again(unread)

    def show_way(self, title: str, text: str) -> None:
        """Say what lies behind a way on, in place of a question."""
        self._question = None
        self.query_one("#place", Line).show([(" go on", "muted")])
        self.query_one("#asked", Static).update(Text(title))
        self.query_one("#why", Static).update(Text(text))
        self.query_one("#field", Vertical).remove_children()
        self._note("enter goes there")

    def _look_again(self, unread: str) -> None:
        if unread:
            self._read(unread, done=False)
        else:
            self._note(self._advice())

    def focus_field(self) -> None:
        """Give the focus to the field."""
        self.query_one("#field", Vertical).children[0].focus()

    def _field(self, question: Question, answers: Answers, *, unread: str, roomy: bool) -> Choices | EntryLine:
        if question.kind not in ("choice", "several", "yes_no"):
            line = EntryLine(unread or self._said, placeholder=assumed(question), compact=True, id="line")
            line.cursor_position = len(line.value)
            return line
        return Choices(
            _rows(question),
            _texts(answers[question.key]),
            default=_texts(question.default),
            several=question.kind == "several",
            stated=answers.stated(question.key),
            left=answers.left_open(question.key),
            roomy=roomy,
        )

    @on(Choices.Taken)
    def _chosen(self, event: Choices.Taken) -> None:
        event.stop()
        if event.texts is None:
            self._leave(done=event.done)
        else:
            self._read(" ".join(event.texts) or NOTHING, done=event.done)

    @on(OptionList.OptionHighlighted)
    def _selected(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._note(self._advice())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip() != self._said:
            self._read(event.value, done=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._read(event.value, done=True)

    def _read(self, text: str, *, done: bool) -> None:
        """Take the text of an answer; an empty line leaves the question open."""
        question = self._question
        if question is None:
            return
        self._said = text.strip()
        if not self._said:
            self._leave(done=done)
            return
        try:
            value = read_answer(question, text)
        except BadAnswer as error:
            self._note(error.message, bad=True)
            self.post_message(self.Unread(question.key, text))
        else:
            self._note(self._advice())
            self.post_message(self.Said(question.key, value, done))

    def _leave(self, *, done: bool) -> None:
        assert self._question is not None  # noqa: S101 - it was typed into
        self._note(self._advice())
        self.post_message(self.Left(self._question.key, done))

    def _advice(self) -> str:
        """Return what helps to answer: why one would take the choice in focus, or what may be typed."""
        question = self._question
        if question is None:
            return ""
        if choices := self.query(Choices):
            return choices.first().hint
        return f"Left empty, this is assumed: {assumed(question)}. Allowed: {allowed(question)}."

    def _note(self, text: str, *, bad: bool = False) -> None:
        note = self.query_one("#note", Static)
        note.update(Text(self._signs.lines(f"Not taken: {text}" if bad else text)))
        note.set_class(bad, "-bad")


def _rows(question: Question) -> list[Row]:
    if question.kind == "yes_no":
        return [Row("yes", "Yes"), Row("no", "No")]
    return [Row(choice.value, choice.title, choice.why) for choice in question.choices]


def _texts(value: Value) -> tuple[str, ...]:
    """Return the values of the choices that an answer holds."""
    match value:
        case bool():
            return ("yes" if value else "no",)
        case tuple():
            return value
        case _:
            return (str(value),)
