"""Questions for terminals with cursor keys, by questionary."""

from collections.abc import Sequence

import questionary
from prompt_toolkit.styles import Style

from screens.plain.asker import Judge, Option, tell
from wizard.plain import plain

# No colour carries a meaning here; ASCII signs are on every terminal.
_STYLE = Style([("question", "bold"), ("highlighted", "reverse")])
_POINTER = ">"
_ENDING = "(escape, then enter, ends it)\n"
MEND_LIMIT = 200  # characters of a refused line that stand there again, to be mended


class CursorAsker:
    """Asks with arrows and enter; what is typed is judged when enter is pressed."""

    def pick(self, text: str, options: Sequence[Option], default: str) -> str:
        """Ask with a list to move in."""
        choices = [
            questionary.Choice(plain(option.title), value=option.value, description=plain(option.why) or None)
            for option in options
        ]
        start = next((choice for choice in choices if choice.value == default), None)
        asking = questionary.select(plain(text), choices=choices, default=start, pointer=_POINTER, style=_STYLE)
        return str(asking.unsafe_ask())

    def line(self, text: str, default: str, judge: Judge) -> str:
        """Ask for one line until it is right; an empty one stands for `default`, which is shown beside the question."""
        shown = f"{plain(text)} [{plain(default)}]" if default else plain(text)
        typed = ""
        while True:
            mend = plain(typed)[:MEND_LIMIT]
            typed = str(questionary.text(shown, default=mend, style=_STYLE).unsafe_ask()) or default
            if not (problem := judge(typed)):
                return typed
            tell(f"  ! {problem}")

    def lines(self, text: str, default: str) -> str:
        """Ask for a text in a small editor, `default` in it."""
        tell(text)
        asking = questionary.text("List:", default=default, multiline=True, instruction=_ENDING, style=_STYLE)
        return str(asking.unsafe_ask())
