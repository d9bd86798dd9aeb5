"""`token`: a new token for the servers of a running cluster."""

import argparse
from pathlib import Path
from typing import Any

from wizard.cli.room import add_rollout, add_room, go


def register(commands: Any) -> None:
    """Add this room's commands."""
    room = add_room(commands, "token", "the token by which servers join, and that seals the cluster's keys in etcd")
    text = "a new token: snapshot first, then servers one at a time; the agents' own can't be changed"
    add_rollout(room, "rotate", text, _rotate)
    source = room.choices["rotate"].add_mutually_exclusive_group()
    source.add_argument("--env", metavar="NAME", help="environment variable that holds the new token; default: made")
    source.add_argument("--file", type=Path, metavar="PATH", help="file that holds the new token; default: made")


def _rotate(given: argparse.Namespace) -> int:
    from wizard.errand import TOKEN

    source = {"env": given.env} if given.env else {"file": str(given.file.absolute())} if given.file else None
    return go(given, TOKEN, {"source": source} if source else {})
