"""`token`: a new token for the servers of a running cluster."""

import argparse
from pathlib import Path
from typing import Any

from wizard.cli.room import add_rollout, add_room, secrets_for


def register(commands: Any) -> None:
    """Add this room's commands."""
    room = add_room(commands, "token", "the token by which servers join, and that seals the cluster's keys in etcd")
    text = "a new token: snapshot first, then servers one at a time; the agents' own can't be changed"
    add_rollout(room, "rotate", text, _rotate)
    source = room.choices["rotate"].add_mutually_exclusive_group()
    source.add_argument("--env", metavar="NAME", help="environment variable that holds the new token; default: made")
    source.add_argument("--file", type=Path, metavar="PATH", help="file that holds the new token; default: made")


def _rotate(given: argparse.Namespace) -> int:
    from wizard.cli.apply import bring_up
    from wizard.cli.plan import warn
    from wizard.errand import TOKEN
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not given.json:
        warn(loaded.warnings)
    source = {"env": given.env} if given.env else {"file": str(given.file.absolute())} if given.file else None
    given.about = {"source": source} if source else {}
    return bring_up(given, loaded.spec, secrets_for(given, loaded.spec), only=TOKEN)
