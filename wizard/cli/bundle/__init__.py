"""`bundle`: one file that carries a whole site across the gap. One module a few verbs."""

from typing import Any

from wizard.cli.bundle import create, delta, keys, plan, prove, registry

VERBS = (plan, create, prove, keys, delta, registry)


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("bundle", help="make, prove and use an offline bundle")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    for room in VERBS:
        room.register(verbs)
