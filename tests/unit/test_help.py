"""What `--help` says of every command."""

import shlex
from collections.abc import Iterator

import pytest

from wizard.cli.examples import EXAMPLES
from wizard.cli.main import parser
from wizard.cli.parsing import Commands, Parser


def below(one: Parser) -> Iterator[Parser]:
    """Yield a parser and all commands and verbs beneath it that are for people."""
    yield one
    for action in one._actions:
        if isinstance(action, Commands):
            for name in action.listed:
                yield from below(action.choices[name])


ALL = {one.prog: one for one in below(parser())}


@pytest.mark.parametrize("name", ALL)
def test_each_command_says_what_it_is_for_and_how_it_may_end_in_80_columns(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = ALL[name].format_help()
    usage, purpose, *_ = said.split("\n\n")
    assert usage.startswith("usage: rancher-wizard")
    assert purpose[0].isupper()
    assert purpose.endswith(".")
    assert "exit codes: 0 done, 1 failed, 2 usage" in said
    assert all(len(line) <= 80 for line in said.splitlines())


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_each_example_can_be_typed_as_it_stands(line):
    program, *words = shlex.split(line.partition("  ")[0])
    assert program == "rancher-wizard"
    parser().parse_args(words)


def test_examples_are_shown_by_the_command_that_they_are_of():
    for key, lines in EXAMPLES.items():
        said = ALL[f"rancher-wizard {key}".strip()].format_help()
        assert all(line in said for line in lines)
