"""All questions that are asked, in sections, each with its state and its answer; the ways on stand at the end."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.glyphs import Glyphs
from screens.widgets.ink import CLASSES, Span, fit, painted
from wizard.design.answers import Answers
from wizard.design.question import Question, sections, short, shown

STATES = {
    "answered": "you said so",
    "assumed": "nothing said: its default is assumed",
    "open": 'you said "I don\'t know yet": its default is assumed and listed',
    "unread": "what you typed is no answer yet",
}
_INKS = {"answered": "good", "assumed": "muted", "open": "warn", "unread": "bad"}
_NAME = 16  # cells


def sign(state: str, glyphs: Glyphs) -> str:
    """Return the sign of a question's state."""
    return {"answered": glyphs.states["done"], "assumed": "~", "open": "?", "unread": "!"}[state]


class QuestionList(OptionList):
    """Selecting a question asks it; enter goes to its field."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES
    BINDINGS = [Binding("right", "select", "Answer", show=False)]

    class Picked(Message):
        """Another question, or a way on, is selected; `enter` when the operator wants to go there."""

        def __init__(self, key: str, *, enter: bool) -> None:
            super().__init__()
            self.key = key
            self.enter = enter

    def __init__(self, glyphs: Glyphs, ways: Mapping[str, str], *, id: str) -> None:
        """`ways` are what the end of the list leads to: a key, and what it is called there."""
        super().__init__(id=id, compact=True)
        self._signs = glyphs
        self._ways = ways
        self._drawn: dict[str, tuple[Span, ...]] = {}

    def show(self, answers: Answers, unread: Mapping[str, str], *, at: str) -> None:
        """Draw what has changed, with the question or way `at` selected."""
        lines = dict(self._rows(answers, unread))
        with self.prevent(OptionList.OptionHighlighted):
            if list(lines) != list(self._drawn):
                self.set_options(
                    Option(painted(self, line), id=key, disabled=key[0] == "#") for key, line in lines.items()
                )
            else:
                for key, line in lines.items():
                    if line != self._drawn[key]:
                        self.replace_option_prompt(key, painted(self, line))
            self._drawn = lines
            keys = list(lines)
            self.highlighted = keys.index(at) if at in keys else 1

    def _option(self, key: str, line: tuple[Span, ...]) -> Option:
        return Option(painted(self, line), id=key, disabled=key.startswith("#"))

    def repaint(self) -> None:
        """Forget what was drawn in the colours of another theme."""
        self._drawn = {}

    def _rows(self, answers: Answers, unread: Mapping[str, str]) -> Iterator[tuple[str, tuple[Span, ...]]]:
        """Yield each line's key and spans; the keys of headings begin with #."""
        for section in sections():
            here = [question for question in section.questions if question in answers.asked]
            if here:
                yield f"#{section.key}", ((f" {section.title}", "strong"),)
            for question in here:
                yield question.key, self._line(question, answers, question.key in unread)
        yield "#on", ((" Go on", "strong"),)
        for key, title in self._ways.items():
            yield key, ((f" {self._signs.then} {title}", ""),)

    def _line(self, question: Question, answers: Answers, unread: bool) -> tuple[Span, ...]:
        state = _state(question.key, answers, unread=unread)
        room = max(8, self.scrollable_content_region.width - _NAME - 5)
        value = self._signs.text(shown(question, answers[question.key]))
        if len(value) > room:
            value = self._signs.text(short(question, answers[question.key]))
        return (
            (f" {sign(state, self._signs)} ", _INKS[state]),
            (fit(question.name, _NAME) + " ", ""),
            (fit(value, room, ellipsis=self._signs.ellipsis), "" if state == "answered" else "muted"),
        )

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Picked(event.option_id or "", enter=False))

    @on(OptionList.OptionSelected)
    def _entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Picked(event.option_id or "", enter=True))


def _state(key: str, answers: Answers, *, unread: bool) -> str:
    if unread:
        return "unread"
    if answers.stated(key):
        return "answered"
    return "open" if answers.left_open(key) else "assumed"
