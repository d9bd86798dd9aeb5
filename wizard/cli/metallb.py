"""`metallb`: addresses for services: plan, apply, remove, manifests for kubectl, and the ConfigMap of old converted."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.plan import warn
from wizard.cli.room import add_plan, add_rollout, add_room, add_verb, apply_part, consent, open_part, plan_part

if TYPE_CHECKING:
    from wizard.spec.models import Spec

PART = "metallb"
LARGEST = 4 * 1024 * 1024


def register(commands: Any) -> None:
    """Add this room's commands."""
    verbs = add_room(commands, PART, "addresses for services: plan, apply, remove, manifests, convert")
    add_plan(verbs, "show what apply would do about MetalLB; changes nothing", _plan, asked="servers")
    add_rollout(verbs, "apply", "bring MetalLB in line with a spec, in a cluster that is up", _apply)
    remove = add_verb(verbs, "remove", "take MetalLB away again, and the files that it came by", _remove)
    remove.add_argument("--yes", action="store_true", help="start without asking")
    words = "print MetalLB's configuration for kubectl, passwords masked"
    add_verb(verbs, "manifests", words, _manifests, secrets=False)
    old = verbs.add_parser("convert", help="turn a ConfigMap of MetalLB before 0.13 into custom resources")
    old.add_argument("file", type=Path, help="the ConfigMap as YAML; - reads it from stdin")
    old.set_defaults(run=_convert)


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
    return plan_part(given, _load(given), PART)


def _apply(given: argparse.Namespace) -> int:
    return apply_part(given, _load(given), PART)


def _remove(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.balancers.metallb.remove import remove

    spec = _load(given)
    consent(given, spec.name, "This takes MetalLB away: every Service of type LoadBalancer loses its address.")

    async def run() -> None:
        async with open_part(given, spec, PART) as opened:
            await remove(opened.site, opened.wire.host, lambda line: print(line, flush=True))
        print("done; take `metallb` out of the spec, or the next apply brings it back", file=sys.stderr)

    asyncio.run(run())
    return 0


def _manifests(given: argparse.Namespace) -> int:
    from wizard.balancers.metallb.files import for_kubectl

    print(for_kubectl(_load(given)), end="")
    return 0


def _convert(given: argparse.Namespace) -> int:
    from wizard.balancers.manifest import as_text
    from wizard.balancers.metallb.convert import convert
    from wizard.errors import BadUsage

    text = _text(given.file)
    try:
        found = convert(text)
    except BadUsage as error:
        place = "standard input" if str(given.file) == "-" else given.file
        raise BadUsage(f"{place}: {error.message}", hint=error.hint) from None
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    print(as_text(*found.objects), end="")
    return 0


def _text(file: Path) -> str:
    from wizard.errors import BadUsage

    hint = "Give a ConfigMap as YAML."
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            data = source.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadUsage(f"{file}: larger than {LARGEST >> 20} MiB", hint=hint)
        return data.decode()
    except OSError as error:
        raise BadUsage(f"{file}: {error.strerror}", hint=hint) from None
    except UnicodeDecodeError:
        raise BadUsage(f"{file}: not UTF-8 text", hint=hint) from None
