"""`check --fix` and `check --undo`: what can be mended is shown, asked for, done, and taken back."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from wizard import exits

if TYPE_CHECKING:
    from wizard.checks.matrix import Matrix
    from wizard.checks.run import Preflight
    from wizard.hosts.target import Credentials
    from wizard.mending import Outcome
    from wizard.spec.models import Spec


def options(command: argparse.ArgumentParser, names: Callable[[str], list[str]]) -> None:
    """Add the options that mend and take back; `names` reads a list of names."""
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--fix", type=names, metavar="FIX,...", help="mend what can be mended by these, `all` for every one; asks first"
    )
    what.add_argument("--undo", action="store_true", help="take back what --fix did, the latest first; asks first")
    command.add_argument("--on", type=names, default=[], metavar="NODE,...", help="with --fix or --undo: there alone")
    command.add_argument("--yes", action="store_true", help="with --fix or --undo: do not ask")


async def fix(given: argparse.Namespace, preflight: "Preflight", matrix: "Matrix") -> bool:
    """Show and, on consent, do what answers the findings in `matrix`, then check those nodes again.

    Returns False when something was not brought about. Raises WizardError where nobody consents.
    """
    from wizard.mending import chosen, mend, offers, preview
    from wizard.site import state_dir

    spec = preflight.spec
    # With --json, stdout is for the result alone.
    out = sys.stderr if given.json else sys.stdout
    found = offers(spec, matrix, preflight.facts, base=given.spec.parent.resolve())
    lot = chosen(found, mends=[name for name in given.fix if name != "all"], nodes=given.on)
    if not lot:
        print("nothing that can be mended was found", file=out)
        return True
    shown = await preview(lot, preflight.hosts)
    _show(shown, out)
    if all(outcome.failed or outcome.doing.nothing for outcome in shown):
        return not any(outcome.failed for outcome in shown)
    _consent(given, f"Mend this on {_count({offer.node for offer in lot})}?")
    done = await mend(lot, preflight.hosts, state_dir(spec.name))
    _tell(done, "mended", out)
    print("checked again:", file=out)
    await preflight.run(nodes=sorted({offer.node for offer in lot}))
    return not any(outcome.failed for outcome in done)


async def undo(given: argparse.Namespace, spec: "Spec", credentials: "Credentials") -> int:
    """Show and, on consent, take back what was mended on the nodes of a spec; return the exit code."""
    from wizard.hosts.wire import Wire
    from wizard.mending import standing
    from wizard.mending import undo as take_back
    from wizard.site import state_dir, targets

    state = state_dir(spec.name)
    there = {node.name for node in spec.nodes}
    lot = [each for each in standing(state, nodes=given.on) if each[0] in there]
    if not lot:
        print("nothing to take back: nothing was mended there, or all of it has been taken back")
        return exits.DONE
    for node, what in lot:
        print(f"{node}: {what.title}: all of it will be as it was before")
    _consent(given, f"Take this back on {_count({node for node, _ in lot})}?")
    wire = Wire(targets(spec, given.spec.parent.resolve()).values(), credentials=credentials, at_once=spec.ssh.at_once)
    try:
        done = await take_back(lot, wire.host, state)
    finally:
        await wire.close()
    _tell(done, "taken back", sys.stdout)
    return exits.FAILED if any(outcome.failed for outcome in done) else exits.DONE


def _consent(given: argparse.Namespace, question: str) -> None:
    from wizard.cli.asking import confirm, on_terminal
    from wizard.errors import BadUsage, WizardError

    if given.yes:
        return
    if not on_terminal():
        raise BadUsage("nobody can be asked for consent", hint="Add --yes when this is what you want.")
    if not confirm(question):
        raise WizardError("nothing was changed")


def _show(outcomes: "Iterable[Outcome]", out: TextIO) -> None:
    for outcome in outcomes:
        head = f"{outcome.node}: {outcome.mend.title}"
        if outcome.failed:
            print(f"{head}: can't be told: {outcome.failed}", file=out)
        elif outcome.doing.nothing:
            print(f"{head}: nothing to do", file=out)
        else:
            print(f"{head}:", *(f"    {line}" for line in outcome.doing.lines()), sep="\n", file=out)


def _tell(outcomes: "Iterable[Outcome]", word: str, out: TextIO) -> None:
    for outcome in outcomes:
        if outcome.failed:
            print(f"{outcome.node}: {outcome.mend.title}: not {word}: {outcome.failed}", file=sys.stderr)
            print(f"-> {outcome.next_move or 'Read what was seen, mend it, and run this again.'}", file=sys.stderr)
        else:
            said = "nothing to do" if outcome.doing.nothing else word
            print(f"{outcome.node}: {outcome.mend.title}: {said}", file=out)


def _count(nodes: set[str]) -> str:
    return f"{len(nodes)} node{'s' * (len(nodes) != 1)}"
