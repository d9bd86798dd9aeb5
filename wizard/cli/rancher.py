"""`rancher`: Rancher in the cluster, on its own: plan, apply, upgrade, status, password, remove."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from wizard.cli.plan import warn
from wizard.cli.room import (
    add_plan,
    add_rollout,
    add_room,
    add_verb,
    apply_part,
    consent,
    open_part,
    plan_part,
    secrets_for,
)

if TYPE_CHECKING:
    from wizard.spec.models import Spec
    from wizard.spec.rancher import Rancher

PART = "rancher"


def register(commands: Any) -> None:
    """Add this room's commands."""
    verbs = add_room(commands, PART, "Rancher in the cluster: plan, apply, upgrade, status, password, remove")
    words = "show what apply would do, with the values of the charts; changes nothing"
    add_plan(verbs, words, _plan, asked="servers")
    add_rollout(verbs, "apply", "install Rancher, or bring it in line with the spec", _apply)
    add_rollout(verbs, "upgrade", "bring another Rancher to the spec's version, backed up first", _upgrade)
    status = add_verb(verbs, "status", "show what is installed, and who reaches it by its name", _status)
    status.add_argument("--json", action="store_true", help="print it as JSON")
    remove = add_verb(verbs, "remove", "take Rancher away again, by the way that brought it", _remove)
    remove.add_argument("--yes", action="store_true", help="start without asking")
    words = "take cert-manager away too: whoever else has certificates by it gets no new ones"
    remove.add_argument("--with-cert-manager", action="store_true", help=words)
    add_verb(verbs, "password", "print the password of the first login", _password)


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


def _plan(given: argparse.Namespace) -> int:
    spec, _ = _load(given)
    return plan_part(given, spec, PART)


def _apply(given: argparse.Namespace) -> int:
    spec, _ = _load(given)
    return apply_part(given, spec, PART)


def _upgrade(given: argparse.Namespace) -> int:
    """Refuse what no upgrade leads over before anything is started; then it is an apply, whose first step backs up."""
    import asyncio

    from wizard.cli.apply import bring_up
    from wizard.errors import Refused, WizardError
    from wizard.rancher.status import status
    from wizard.rancher.ways import obstacles

    spec, rancher = _load(given)
    secrets = secrets_for(given, spec)

    async def look() -> Any:
        async with open_part(given, spec, PART, secrets=secrets) as opened:
            return (await status(opened.site, rancher, opened.wire.host)).state

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
        async with open_part(given, spec, PART) as opened:
            return await status(opened.site, rancher, opened.wire.host)

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
        async with open_part(given, spec, PART) as opened:
            return await password(opened.site, opened.wire.host)

    secret = asyncio.run(read())
    print(f"First login: https://{rancher.hostname}/dashboard/", file=sys.stderr)
    print(secret.reveal())
    return 0


def _remove(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.rancher.remove import remove

    spec, rancher = _load(given)
    more = " and cert-manager" if given.with_cert_manager else ""
    what = f"This takes Rancher{more} away: nobody reaches {rancher.hostname} any more, and its agents elsewhere wait."
    consent(given, spec.name, what)

    async def run() -> None:
        async with open_part(given, spec, PART) as opened:
            await remove(opened.site, opened.wire.host, _say, cert_manager=given.with_cert_manager)
        print("done; take `rancher` out of the spec, or the next apply brings it back", file=sys.stderr)

    asyncio.run(run())
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
