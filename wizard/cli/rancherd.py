"""`rancherd`: what only RancherD has: a new password for the admin of its Rancher."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.distros.rancherd.admin import Admin


def register(commands: Any) -> None:
    """Add this room's commands."""
    from wizard.cli.room import add_room, add_verb

    verbs = add_room(commands, "rancherd", "RancherD's own Rancher: reset-admin, password")
    words = "give the admin of Rancher a new password, shown on this terminal alone"
    reset = add_verb(verbs, "reset-admin", words, _reset)
    reset.add_argument("--seal", action="store_true", help="keep it in the cluster's vault, and show it nowhere")
    add_verb(verbs, "password", "show the password that reset-admin --seal has kept", _password)


def _reset(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.cli.room import secrets_for
    from wizard.distros.rancherd.admin import SEALED, reset_admin

    if not given.seal:
        _on_a_terminal("--seal keeps it in the vault; `rancherd password` shows it.")
    spec = _load(given)
    secrets = secrets_for(given, spec)

    async def run() -> "Admin":
        async with open_site(spec, given.spec.parent.resolve(), secrets, look=False) as opened:
            admin = await reset_admin(opened.wire.host(spec.first_server.name))
            if given.seal:
                await asyncio.to_thread(opened.site.vault.put, SEALED, admin.password)
            return admin

    admin = asyncio.run(run())
    print(f"{admin.user} at {admin.url or 'https://' + spec.first_server.address + ':8443'}", file=sys.stderr)
    if given.seal:
        print("its new password is sealed in this cluster's vault; rancher-wizard rancherd password shows it")
    else:
        print(admin.password.reveal())
    return 0


def _password(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.cli.room import secrets_for
    from wizard.distros.rancherd.admin import SEALED
    from wizard.errors import WizardError
    from wizard.secret import Secret

    _on_a_terminal("Run it in one.")
    spec = _load(given)
    secrets = secrets_for(given, spec)

    async def read() -> Secret | None:
        async with open_site(spec, given.spec.parent.resolve(), secrets, look=False, begin=False) as opened:
            return opened.site.vault.get(SEALED)

    sealed = asyncio.run(read())
    if sealed is None:
        raise WizardError(
            "no password of Rancher's admin is sealed here", hint="rancher-wizard rancherd reset-admin SPEC --seal"
        )
    print(sealed.reveal())
    return 0


def _on_a_terminal(hint: str) -> None:
    """Raise BadUsage where what is printed would go into a file or a pipe."""
    from wizard.errors import BadUsage

    if not (sys.stdout and sys.stdout.isatty()):
        raise BadUsage("a password is shown on a terminal alone, and this is none", hint=hint)


def _load(given: argparse.Namespace) -> Any:
    """Read the spec. Raises BadUsage for one of another distribution."""
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec

    spec = load_spec(given.spec).spec
    if spec.distribution != "rancherd":
        hint = "The first password of a Rancher by Helm: rancher-wizard rancher password."
        raise BadUsage(f"{given.spec}: distribution is {spec.distribution}, not rancherd", hint=hint)
    return spec
