"""`rancher`: Rancher in the cluster, on its own: plan, apply, upgrade, status, password."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.apply import view_options
from wizard.cli.check import force_options
from wizard.cli.plan import ask_given, secret_options, warn

if TYPE_CHECKING:
    from wizard.apply import Given
    from wizard.spec.models import Spec
    from wizard.spec.rancher import Rancher

PART = "rancher"


def register(commands: Any) -> None:
    """Add this room's commands."""
    room = commands.add_parser("rancher", help="Rancher in the cluster: plan, apply, upgrade, status, password")
    room.set_defaults(run=lambda given: _unknown(room))
    verbs = room.add_subparsers(metavar="VERB")
    plan = _verb(verbs, "plan", "show what apply would do, with the values of the charts; changes nothing", _plan)
    plan.add_argument("--offline", action="store_true", help="plan from the spec alone, without asking the servers")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    for name, words, run in (
        ("apply", "install Rancher, or bring it in line with the spec", _apply),
        ("upgrade", "bring another Rancher to the spec's version, backed up first", _upgrade),
    ):
        command = _verb(verbs, name, words, run)
        command.add_argument("--yes", action="store_true", help="start without asking")
        view_options(command)
        force_options(command)
    status = _verb(verbs, "status", "show what is installed, and who reaches it by its name", _status)
    status.add_argument("--json", action="store_true", help="print it as JSON")
    _verb(verbs, "password", "print the password of the first login", _password)


def _verb(verbs: Any, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    command.add_argument("spec", type=Path, help="cluster.yaml")
    secret_options(command)
    command.set_defaults(run=run)
    return command


def _unknown(room: argparse.ArgumentParser) -> int:
    from wizard import exits

    room.print_help(sys.stderr)
    return exits.USAGE


def _load(given: argparse.Namespace) -> "tuple[Spec, Rancher]":
    """Read the spec. Raises BadUsage for one without Rancher."""
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not getattr(given, "json", False):
        warn(loaded.warnings)
    if loaded.spec.rancher is None:
        raise BadUsage(
            f"{given.spec} asks for no Rancher",
            hint="Say `rancher: {version: 2.13.3, hostname: rancher.example.com}` there.",
        )
    return loaded.spec, loaded.spec.rancher


def _secrets(given: argparse.Namespace, spec: "Spec") -> "Given":
    from wizard.cli.asking import ask_secrets

    found: Given = ask_given(given, spec, ask_secrets)
    return found


def _plan(given: argparse.Namespace) -> int:
    from wizard.apply import Given
    from wizard.cli.plan import show

    spec, _ = _load(given)
    return show(given, spec, Given() if given.offline else _secrets(given, spec), only=PART)


def _apply(given: argparse.Namespace) -> int:
    from wizard.cli.apply import bring_up

    spec, _ = _load(given)
    return bring_up(given, spec, _secrets(given, spec), only=PART)


def _upgrade(given: argparse.Namespace) -> int:
    """Refuse what no upgrade leads over before anything is started; then it is an apply, whose first step backs up."""
    import asyncio

    from wizard.cli.apply import bring_up
    from wizard.errors import Refused, WizardError
    from wizard.rancher.status import status
    from wizard.rancher.ways import obstacles

    spec, rancher = _load(given)
    secrets = _secrets(given, spec)

    async def look() -> Any:
        async with _opened(given, spec, secrets) as opened:
            return (await status(spec, rancher, opened.wire.host)).state

    state = asyncio.run(look())
    if not state.rancher:
        raise WizardError("there is no Rancher to upgrade", hint="Install it: rancher-wizard rancher apply.")
    for what, move in obstacles(state, rancher):
        raise Refused(what, hint=move)
    print(f"Rancher {state.rancher} is there, {rancher.version} is wanted", file=sys.stderr)
    return bring_up(given, spec, secrets, only=PART)


def _status(given: argparse.Namespace) -> int:
    import asyncio

    from wizard import exits
    from wizard.rancher.status import status

    spec, rancher = _load(given)

    async def look() -> Any:
        async with _opened(given, spec, _secrets(given, spec)) as opened:
            return await status(spec, rancher, opened.wire.host)

    found = asyncio.run(look())
    if given.json:
        print(json.dumps(found.record(), indent=2))
    else:
        print(*found.lines(), "", *(found.problems() or ("all is well",)), sep="\n")
    return exits.FAILED if found.problems() else exits.DONE


def _password(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.rancher.status import password

    spec, rancher = _load(given)

    async def read() -> Any:
        async with _opened(given, spec, _secrets(given, spec)) as opened:
            return await password(spec, opened.wire.host)

    secret = asyncio.run(read())
    print(f"First login: https://{rancher.hostname}/dashboard/", file=sys.stderr)
    print(secret.reveal())
    return 0


def _opened(given: argparse.Namespace, spec: "Spec", secrets: "Given") -> Any:
    from wizard.apply import open_site

    return open_site(spec, given.spec.parent.resolve(), secrets, look=False, begin=False, only=PART)
