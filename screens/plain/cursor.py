"""Questions for terminals with cursor keys, by questionary."""

from collections.abc import Sequence

import questionary
from prompt_toolkit.styles import Style

from screens.plain.asker import Judge, Option
from wizard.plain import plain

# No colour carries a meaning here; ASCII signs are on every terminal.
_STYLE = Style([("question", "bold"), ("highlighted", "reverse")])
_POINTER = ">"


class CursorAsker:
    """Asks with arrows and enter; what is typed is judged when enter is pressed."""

    def pick(self, text: str, options: Sequence[Option], default: str) -> str:
        """Ask with a list to move in."""
        choices = [questionary.Choice(_title(option), value=option.value) for option in options]
        start = next((choice for choice in choices if choice.value == default), None)
        asking = questionary.select(plain(text), choices=choices, default=start, pointer=_POINTER, style=_STYLE)
        return str(asking.unsafe_ask())

    def line(self, text: str, default: str, judge: Judge) -> str:
        """Ask for one line; an empty one stands for `default`, which is shown beside the question."""
        shown = f"{plain(text)} [{plain(default)}]" if default else plain(text)
        asking = questionary.text(shown, validate=lambda typed: judge(typed or default) or True, style=_STYLE)
        return str(asking.unsafe_ask()) or default

    def lines(self, text: str, default: str) -> str:
        """Ask for a text in a small editor, `default` in it."""
        return str(questionary.text(plain(text), default=default, multiline=True, style=_STYLE).unsafe_ask())


def _title(option: Option) -> str:
    return plain(f"{option.title}{': ' + option.why if option.why else ''}")
