"""`new`: from questions to a `cluster.yaml`, on the screen, in plain prompts, or replayed from a file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import BadSpec, BadUsage, WizardError

if TYPE_CHECKING:
    from wizard.design.draft import Draft

SPEC = Path("cluster.yaml")
HINT = "Or answer beforehand: rancher-wizard new --answers FILE --nodes FILE."
BAD_LINES = "Mend these lines; none is left out silently."


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("new", help="design a cluster: questions, nodes, and a cluster.yaml in the end")
    command.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="FILE",
        help="begin with a cluster.yaml, a cluster.yml of RKE1, or a config.yaml of RKE2",
    )
    command.add_argument("--answers", type=Path, metavar="FILE", help="take the answers from FILE, and ask nothing")
    command.add_argument("--nodes", metavar="FILE", help="take the list of nodes from FILE (- for stdin)")
    command.add_argument("--design", metavar="KEY", help="a design other than the recommended one, as in `design`")
    words = "RKE2 with the same answers, in place of RKE1 or RancherD; Rancher on it by helm (default) or as manifests"
    command.add_argument("--successor", nargs="?", const="helm", choices=("helm", "manifests"), help=words)
    command.add_argument("--plain", action="store_true", help="ask in plain prompts instead of on the screen")
    command.add_argument("-o", "--output", type=Path, metavar="SPEC", help=f"where to write it (default {SPEC})")
    command.add_argument("--force", action="store_true", help="replace a spec that says something else")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Design a cluster by the way that was asked for, or that the terminal allows."""
    from dataclasses import replace

    from wizard.cli.following import terminal_fits
    from wizard.cli.menu import open_wizard

    draft = _draft(given)
    # A file that holds all answers asks for nothing more.
    if (given.answers or (given.successor and given.start)) and not given.plain:
        return _replay(given, draft)
    if not given.plain and terminal_fits():
        return open_wizard(replace(draft, spec_path=str(_output(given, draft))))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadUsage("the questions need a terminal, and there is none", hint=HINT)
    return ask_plainly(draft, _output(given, draft))


def ask_plainly(draft: "Draft", path: Path) -> int:
    """Ask in plain prompts, and carry on with `apply` where the operator wants to; return the exit code."""
    from screens.plain.flow import ask
    from wizard import exits

    written = ask(draft, path)
    if written is None:
        return exits.DONE
    from wizard.cli.main import parser

    arguments = parser().parse_args(["apply", str(written), "--headless"])
    return int(arguments.run(arguments))


def _draft(given: argparse.Namespace) -> "Draft":
    """Return the draft that the options describe."""
    from dataclasses import replace

    from wizard.cli.design import read_answers
    from wizard.design.draft import Draft
    from wizard.design.read_in import open_file

    draft = Draft()
    if given.start:
        read = open_file(given.start, leaving=bool(given.successor))
        draft = read.draft
        _say(f"{given.start}: taken for {read.kind}", *(f"  {note}" for note in read.notes))
    if given.answers:
        draft = draft.answered(draft.answers.overlaid(read_answers(given.answers)))
    if given.nodes:
        draft = replace(draft, nodes_text=_read_nodes(given.nodes))
    draft = replace(draft, design=_known_design(given.design)) if given.design else draft
    return _successor(draft, given.successor) if given.successor else draft


def _successor(draft: "Draft", how: Any) -> "Draft":
    """Return the draft on what is maintained. Raises BadUsage for one that is there already."""
    from wizard.design.successor import aged, succeeded

    if not aged(draft):
        raise BadUsage("there is nothing to succeed: this is neither RKE1 nor RancherD", hint="Leave --successor out.")
    new = succeeded(draft, how)
    if new.answers.yes("rancher") and not new.answers.stated("rancher_hostname"):
        _say("Rancher has no name yet, and is left out until it has one: rancher_hostname in a file for --answers.")
    return new


def _replay(given: argparse.Namespace, draft: "Draft") -> int:
    """Write the spec of a draft without asking anything."""
    from wizard import exits
    from wizard.cli.plan import warn
    from wizard.design.compose import chosen, compose, shortage
    from wizard.design.nodes.understand import understand
    from wizard.design.recommend import recommend
    from wizard.design.writing import write_spec
    from wizard.spec.load import read_spec

    understood, name = understand(draft.nodes_text), given.nodes or given.start
    if understood.bad:
        raise BadSpec([f"{name}:{line.number}: {line.problem}" for line in understood.bad], hint=BAD_LINES)
    recommendation = recommend(draft.answers)
    text = compose(draft, understood.entries, recommendation)
    path = _output(given, draft)
    _spare(path, text, given.force)
    answers = write_spec(path, text, draft.answers)
    read = read_spec(text.encode(), name=str(path))
    _say(*(f"{name}:{line.number}: {line.note}" for line in understood.lines if line.twice))
    warn((*shortage([node.role for node in read.spec.nodes], chosen(draft, recommendation)), *read.warnings))
    for assumption in draft.answers.assumptions():
        print(f"assumed: {assumption}")
    print(f"{path}: the spec; {answers}: the answers behind it")
    print(f"next: rancher-wizard apply {path}")
    return exits.DONE


def _output(given: argparse.Namespace, draft: "Draft") -> Path:
    return given.output or Path(draft.spec_path or SPEC)


def _spare(path: Path, text: str, force: bool) -> None:
    """Refuse to replace a file that says something else, unless told to."""
    from wizard.review import difference

    if force or not path.exists():
        return
    try:
        there = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadUsage(f"{path}: {error.strerror}", hint="Name another file by -o.") from error
    if changed := difference(there, text, str(path)).lines:
        _say(*changed)
        raise BadUsage(f"{path} is there and says something else", hint="Add --force to replace it, or name another.")


def _read_nodes(name: str) -> str:
    from wizard.design.listing import read_list

    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    try:
        return read_list(name)
    except WizardError as error:
        raise BadUsage(error.message, hint=error.hint) from error


def _known_design(key: str) -> str:
    from wizard.design.design import designs

    keys = [design.key for design in designs()]
    if key not in keys:
        raise BadUsage(f"{key!r} is no design", hint=f"One of {', '.join(keys)}.")
    return key


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)
