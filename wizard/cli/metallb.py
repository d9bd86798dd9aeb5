"""`metallb`: addresses for services: plan, apply, manifests for kubectl, and the ConfigMap of old converted."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.apply import view_options
from wizard.cli.check import force_options
from wizard.cli.plan import ask_given, secret_options, show, warn

if TYPE_CHECKING:
    from wizard.spec.models import Spec

PART = "metallb"
LARGEST = 4 * 1024 * 1024


def register(commands: Any) -> None:
    """Add this room's commands."""
    room = commands.add_parser(PART, help="addresses for services: plan, apply, manifests, convert")
    room.set_defaults(run=lambda given: _unknown(room))
    verbs = room.add_subparsers(metavar="VERB")
    plan = _verb(verbs, "plan", "show what apply would do about MetalLB; changes nothing", _plan)
    plan.add_argument("--offline", action="store_true", help="plan from the spec alone, without asking the servers")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    secret_options(plan)
    apply = _verb(verbs, "apply", "bring MetalLB in line with a spec, in a cluster that is up", _apply)
    apply.add_argument("--yes", action="store_true", help="start without asking")
    view_options(apply)
    force_options(apply)
    secret_options(apply)
    _verb(verbs, "manifests", "print MetalLB's configuration for kubectl, passwords masked", _manifests)
    old = verbs.add_parser("convert", help="turn a ConfigMap of MetalLB before 0.13 into custom resources")
    old.add_argument("file", type=Path, help="the ConfigMap as YAML; - reads it from stdin")
    old.set_defaults(run=_convert)


def _verb(verbs: Any, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.set_defaults(run=run)
    return command


def _unknown(room: argparse.ArgumentParser) -> int:
    from wizard import exits

    room.print_help(sys.stderr)
    return exits.USAGE


def _load(given: argparse.Namespace) -> "Spec":
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not getattr(given, "json", False):
        warn(loaded.warnings)
    if loaded.spec.metallb is None:
        hint = "Say there: metallb: {pools: [{name: apps, addresses: [10.0.0.240-10.0.0.250]}]}"
        raise BadUsage(f"{given.spec} has no metallb", hint=hint)
    return loaded.spec


def _plan(given: argparse.Namespace) -> int:
    from wizard.apply import Given
    from wizard.cli.asking import ask_secrets

    spec = _load(given)
    return show(given, spec, Given() if given.offline else ask_given(given, spec, ask_secrets), only=PART)


def _apply(given: argparse.Namespace) -> int:
    from wizard.cli.apply import bring_up
    from wizard.cli.asking import ask_secrets

    spec = _load(given)
    return bring_up(given, spec, ask_given(given, spec, ask_secrets), only=PART)


def _manifests(given: argparse.Namespace) -> int:
    from wizard.balancers.metallb.files import for_kubectl

    print(for_kubectl(_load(given)), end="")
    return 0


def _convert(given: argparse.Namespace) -> int:
    from wizard.balancers.metallb.chart import as_text
    from wizard.balancers.metallb.convert import convert

    found = convert(_text(given.file))
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    print(as_text(*found.objects), end="")
    return 0


def _text(file: Path) -> str:
    from wizard.errors import BadUsage

    data = sys.stdin.buffer.read(LARGEST) if str(file) == "-" else file.open("rb").read(LARGEST)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadUsage(f"{file}: not UTF-8 text", hint="Give a ConfigMap as YAML.") from None
