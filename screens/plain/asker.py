"""What the plain wizard needs of a terminal; one asker for those that know cursor keys, one for those that don't."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wizard.plain import plain

Judge = Callable[[str], str]
"""Takes what was typed; returns what is wrong with it and what is allowed, "" when nothing is."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line to pick; `value` is what the picking returns."""

    value: str
    title: str
    why: str = ""


class Asker(Protocol):
    """Asks one thing at a time. KeyboardInterrupt or EOFError from any of it: the operator leaves."""

    def pick(self, text: str, options: Sequence[Option], default: str) -> str:
        """Return the value of the option that was picked."""
        ...

    def line(self, text: str, default: str, judge: Judge) -> str:
        """Return one line that `judge` has nothing against; an empty one stands for `default`."""
        ...

    def lines(self, text: str, default: str) -> str:
        """Return a text of several lines."""
        ...


def say(*lines: str) -> None:
    """Print lines; whatever they came from can write nothing else on the terminal."""
    for line in lines:
        print(plain(line))


def choose_asker() -> Asker:
    """Return the asker for this terminal."""
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        from screens.plain.prompt import PromptAsker

        return PromptAsker()
    from screens.plain.cursor import CursorAsker

    return CursorAsker()
