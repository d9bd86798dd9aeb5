"""How the command line is read and explained: each command says what it is for, shows examples, and names its exits."""

import argparse
import difflib
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn

from wizard import exits
from wizard.cli.examples import EXAMPLES
from wizard.plain import plain

EXITS = "exit codes: 0 done, 1 failed, 2 usage or spec, 3 checks refused, 4 paused or partly done, 130 interrupted"


class Layout(argparse.HelpFormatter):
    """Fills paragraphs, and leaves lines that are indented as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (line if line[:1].isspace() else textwrap.fill(line, width) for line in text.splitlines())
        return textwrap.indent("\n".join(lines), indent)


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one sentence and the next move."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=Layout, **options)
        self.register("action", "parsers", Commands)
        shown = [f"  {line}" for line in EXAMPLES.get(self.prog.partition(" ")[2], ())]
        self.epilog = "\n".join([*(["examples:", *shown, ""] if shown else []), EXITS])

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Read `args` as argparse does; what this very command does not know is refused by it, not by the topmost."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"{unknown[0]!r} is not taken here{self._meant(unknown[0])}")
        return known, unknown

    def _meant(self, word: str) -> str:
        near = difflib.get_close_matches(word, self._option_string_actions, n=1)
        return f"; did you mean {near[0]!r}?" if near else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, Commands) and value not in action.choices:
            from wizard.spec.problem import nearest

            self.error(f"there is no {action.word} {value!r}; {nearest(value, action.listed)}")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """Say what can't be taken and where all that can is told; exit."""
        self.exit(exits.USAGE, f"{self.prog}: {plain(message)}\n-> All that it takes: {self.prog} --help\n")


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Parser]
else:
    _Commands = argparse._SubParsersAction


class Commands(_Commands):
    """The commands beneath a parser; what a list says of one is what its own help begins with."""

    @property
    def word(self) -> str:
        """What such a command is called: command, or verb."""
        return str(self.metavar or "command").lower()

    @property
    def listed(self) -> list[str]:
        """The names of the commands that are for people."""
        return [action.dest for action in self._choices_actions]

    def add_parser(self, name: str, **options: Any) -> Parser:
        """Add one command; without a `help` it is not listed."""
        words = options.get("help", "")
        if words:
            options.setdefault("description", f"{words[0].upper()}{words[1:]}.")
        return super().add_parser(name, **options)
