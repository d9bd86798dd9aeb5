"""`rke1`: a cluster.yml of RKE1 as it is, judged and shown, and sealed copies of its state."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wizard.cli import rke1_state


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("rke1", help="a cluster.yml of RKE1: check, show; what is kept sealed: state, unseal")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    check = verbs.add_parser("check", help="judge a cluster.yml as `rke` does, and by what it does not look at")
    check.add_argument("file", type=Path, help="cluster.yml")
    check.add_argument("--rke", type=_release, metavar="VERSION", help="judge for that `rke`, such as 1.6.3")
    check.set_defaults(run=run_check)
    show = verbs.add_parser("show", help="show a cluster.yml, without its secrets")
    show.add_argument("file", type=Path, help="cluster.yml")
    show.add_argument("--json", action="store_true", help="print all of it as JSON, secrets masked")
    show.set_defaults(run=run_show, rke=None)
    rke1_state.register(verbs)


def _release(text: str) -> str:
    """Take 1.6.3 or v1.6.3; return 1.6.3, or raise what argparse tells."""
    numbers = text.removeprefix("v")
    if numbers.count(".") == 2 and numbers.replace(".", "").isdecimal():
        return numbers
    raise argparse.ArgumentTypeError(f"{text!r} is not a version of rke, such as 1.6.3")


def _refuse_spec(path: Path, value: object) -> None:
    """Raise BadUsage for a spec of the wizard's, of which `rke` would say what helps nobody."""
    from wizard.errors import BadUsage

    if isinstance(value, Mapping) and "apiVersion" in value:
        hint = f"The cluster.yml that it makes is in: rancher-wizard plan {path} --offline"
        raise BadUsage(f"{path} is a spec of the wizard, not RKE1's cluster.yml", hint=hint)


def run_check(given: argparse.Namespace) -> int:
    """Print what is wrong with a file; the exit code is that of a spec that can't be used where `rke` refuses it."""
    from wizard import exits
    from wizard.distros.rke1.vet.verdict import judge_file
    from wizard.plain import plain
    from wizard.spec.rke1_version import page_known

    verdict = judge_file(given.file, rke=given.rke or "")
    _refuse_spec(given.file, verdict.config.document.value)
    if given.rke and not page_known(given.rke):
        print(
            f"warning: the versions of rke {given.rke} are not known here: only its minor is judged; "
            "it tells its versions by: rke config --list-version --all",
            file=sys.stderr,
        )
    for line in verdict.lines(verdict.doubts):
        print(f"warning: {line}", file=sys.stderr)
    for line in verdict.lines(verdict.refused):
        print(line, file=sys.stderr)
    if verdict.refused:
        first = " ".join(verdict.refused[0].what.split())
        print(f"-> `rke` tells one fault at a time, this one first: {plain(first)}", file=sys.stderr)
        return exits.USAGE
    nodes = len(list(verdict.config.nodes()))
    print(
        f"{given.file}: `rke` would take it: {nodes} node{'s' * (nodes != 1)}, {verdict.config.version or 'no version'}"
    )
    return exits.DONE


def run_show(given: argparse.Namespace) -> int:
    """Print a file for reading."""
    import json

    from wizard import exits
    from wizard.distros.rke1.secrecy import without_secrets
    from wizard.distros.rke1.shown import lines_of
    from wizard.distros.rke1.vet.shape import wrong_kinds
    from wizard.distros.rke1.vet.verdict import judge_file

    verdict = judge_file(given.file)
    _refuse_spec(given.file, verdict.config.document.value)
    if given.json:
        print(json.dumps(without_secrets(verdict.config.document.value), indent=2))
        return exits.DONE
    if next(wrong_kinds(verdict.config), None):
        return run_check(given)
    for line in lines_of(verdict.config):
        print(line)
    return exits.DONE
