"""What the commands about one part of a cluster share: verbs, and a look at, plan and rollout of that part alone."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.apply import view_options
from wizard.cli.check import force_options
from wizard.cli.plan import ask_given, secret_options, warn

if TYPE_CHECKING:
    from wizard.apply import Given
    from wizard.errors import HostError
    from wizard.spec.models import Spec

Run = Callable[[argparse.Namespace], int]
Options = dict[tuple[str | int, ...], str]
"""Which option gave the value at a path of the spec."""


def add_room(commands: Any, name: str, words: str) -> Any:
    """Add a command with verbs; without one it shows its help. Return what verbs are added to."""
    room = commands.add_parser(name, help=words)
    room.set_defaults(run=lambda given: _without_verb(room))
    return room.add_subparsers(metavar="VERB")


def add_verb(verbs: Any, name: str, words: str, run: Run, *, secrets: bool = True) -> argparse.ArgumentParser:
    """Add a verb that takes a spec and, unless it reaches no host, the options that name files with passwords."""
    command: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    command.add_argument("spec", type=Path, help="cluster.yaml")
    if secrets:
        secret_options(command)
    command.set_defaults(run=run)
    return command


def add_plan(verbs: Any, words: str, run: Run, *, asked: str) -> None:
    """Add the verb that shows what apply would do; `asked` are the hosts that it asks."""
    plan = add_verb(verbs, "plan", words, run)
    plan.add_argument("--offline", action="store_true", help=f"plan from the spec alone, without asking the {asked}")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")


def add_rollout(verbs: Any, name: str, words: str, run: Run) -> None:
    """Add a verb that starts a rollout."""
    command = add_verb(verbs, name, words, run)
    command.add_argument("--yes", action="store_true", help="start without asking")
    view_options(command)
    force_options(command)


def secrets_for(given: argparse.Namespace, spec: "Spec") -> "Given":
    """Return the passwords that the part's hosts need, each from its file or asked once."""
    from wizard.cli.asking import ask_secrets

    found: Given = ask_given(given, spec, ask_secrets)
    return found


def plan_part(given: argparse.Namespace, spec: "Spec", part: str) -> int:
    """Print what is still to be done for one part."""
    from wizard.apply import Given
    from wizard.cli.plan import show

    return show(given, spec, Given() if given.offline else secrets_for(given, spec), only=part)


def apply_part(given: argparse.Namespace, spec: "Spec", part: str) -> int:
    """Bring one part about."""
    from wizard.cli.apply import bring_up

    return bring_up(given, spec, secrets_for(given, spec), only=part)


def open_part(given: argparse.Namespace, spec: "Spec", part: str, *, secrets: "Given | None" = None) -> Any:
    """Open the way to the hosts of one part, without a look at them and without leaving state behind.

    `secrets` are those that were asked for already.
    """
    from wizard.apply import open_site

    known = secrets or secrets_for(given, spec)
    return open_site(spec, given.spec.parent.resolve(), known, look=False, begin=False, only=part)


def consent(given: argparse.Namespace, cluster: str, what: str) -> None:
    """Ask for the cluster's name. Raises BadUsage where nobody can be asked, WizardError for another word."""
    from wizard.cli.asking import answer, on_terminal
    from wizard.errors import BadUsage, WizardError

    if given.yes:
        return
    if not on_terminal():
        raise BadUsage("nobody can be asked for consent", hint="Add --yes when it is meant.")
    print(f"{what}\nType the cluster's name, {cluster}, to go on: ", end="", file=sys.stderr, flush=True)
    if answer() != cluster:
        raise WizardError("not started; nothing was changed")


def loaded(given: argparse.Namespace) -> "Spec":
    """Read the spec of a command and print its warnings, except where JSON is wanted."""
    from wizard.spec.load import load_spec

    found = load_spec(given.spec)
    if not getattr(given, "json", False):
        warn(found.warnings)
    return found.spec


def go(given: argparse.Namespace, errand: str, about: dict[str, Any]) -> int:
    """Run an errand on the cluster of the spec."""
    from wizard.cli.apply import bring_up

    spec = loaded(given)
    given.about = about
    return bring_up(given, spec, secrets_for(given, spec), only=errand)


def tell_silent(errors: "Iterable[HostError]") -> None:
    """Print on stderr each host that could not be asked: what was seen, and the next move."""
    for error in errors:
        print(error.message, file=sys.stderr)
        if error.hint:
            print(f"  -> {error.hint}", file=sys.stderr)


def _without_verb(room: argparse.ArgumentParser) -> int:
    from wizard import exits

    room.print_help(sys.stderr)
    return exits.USAGE
