"""What the plain wizard needs of a terminal; one asker for those that know cursor keys, one for those that don't."""

import re
import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wizard.plain import plain

MOST_WIDE = 100
_LEAD = re.compile(r"\s*(?:[-+!=] |\d+\) )?")
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
    """Print lines as they are; whatever they came from can write nothing else on the terminal."""
    for line in lines:
        print(plain(line))


def tell(*texts: str) -> None:
    """Print sentences, folded between their words; a sign or indent before them stands out."""
    width = min(shutil.get_terminal_size((80, 24)).columns, MOST_WIDE) - 1
    for text in texts:
        lead = _LEAD.match(text)
        hang = " " * (lead.end() if lead else 0)
        print(textwrap.fill(plain(text), width, subsequent_indent=hang, break_on_hyphens=False) if text else "")
