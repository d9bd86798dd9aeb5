"""Questions for terminals that know no cursor keys: numbers, words and lines."""

import difflib
from collections.abc import Sequence

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from screens.plain.asker import Judge, Option, tell

END = "."


class PromptAsker:
    """Asks by rich.prompt, without colours or redrawing."""

    def __init__(self) -> None:
        self._console = Console(no_color=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def pick(self, text: str, options: Sequence[Option], default: str) -> str:
        """Ask by number or word."""
        tell(text)
        for number, option in enumerate(options, 1):
            tell(f"  {number:>2}) {option.title}{': ' + option.why if option.why else ''}")
        usual = next((str(number) for number, one in enumerate(options, 1) if one.value == default), "1")
        while True:
            typed = self._ask("Number or word", usual).strip()
            if (found := _meant(typed, options)) is not None:
                return found.value
            tell(f"  ! {typed[:60]!r} is none of these; a number from 1 to {len(options)}, or the first word of a line")

    def line(self, text: str, default: str, judge: Judge) -> str:
        """Ask for one line until it is right."""
        while True:
            typed = self._ask(text, default)
            if not (problem := judge(typed)):
                return typed
            tell(f"  ! {problem}")

    def lines(self, text: str, default: str) -> str:
        """Ask for lines, to be ended by a line with a dot; at once a dot leaves what is there."""
        tell(f"{text} (end with a line that holds only a dot; the dot alone keeps what is there)")
        typed: list[str] = []
        while (line := input()) != END:
            typed.append(line)
        return "\n".join(typed) if typed else default

    def _ask(self, text: str, default: str) -> str:
        return Prompt.ask(Text(text), console=self._console, default=default, show_default=bool(default))


def _meant(typed: str, options: Sequence[Option]) -> Option | None:
    """Return the option that a number, a value or the beginning of a title names."""
    if typed.isascii() and typed.isdigit():
        return options[int(typed) - 1] if 0 < int(typed[:6]) <= len(options) else None
    word = typed.lower()
    exact = [one for one in options if word in (one.value.lower(), one.title.lower())]
    begun = [one for one in options if word and one.title.lower().startswith(word)]
    near = difflib.get_close_matches(word[:60], [one.value for one in options], n=1, cutoff=0.8)
    for found in (exact, begun, [one for one in options if one.value in near]):
        if len(found) == 1:
            return found[0]
    return None
