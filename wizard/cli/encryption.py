"""`secrets-encryption`: the keys by which etcd holds Secrets, and new ones."""

import argparse
import json
from typing import Any

from wizard import exits
from wizard.cli.room import add_rollout, add_room, add_verb, go, tell_silent


def register(commands: Any) -> None:
    """Add this room's commands."""
    room = add_room(commands, "secrets-encryption", "the keys by which etcd holds Secrets, and new ones")
    status = add_verb(room, "status", "say how the keys stand on each server; 1 when they differ", _status)
    status.add_argument("--json", action="store_true", help="print it as JSON")
    add_rollout(room, "rotate", "a new key: snapshot first, every Secret sealed anew, then servers restarted", _rotate)


def _status(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.cli.room import open_part
    from wizard.errand import ENCRYPTION, errand_of
    from wizard.errors import HostError
    from wizard.spec.load import load_spec
    from wizard.upkeep.encryption import all_keys, lines, record, well

    spec = load_spec(given.spec).spec
    errand_of(spec, ENCRYPTION)

    async def look() -> int:
        async with open_part(given, spec, "") as opened:
            found = await all_keys(tuple(server.name for server in spec.servers), opened.wire.host)
        print(json.dumps(record(found), indent=2) if given.json else "\n".join(lines(found)), flush=True)
        tell_silent(each for each in found.values() if isinstance(each, HostError))
        return exits.DONE if well(found) else exits.FAILED

    return asyncio.run(look())


def _rotate(given: argparse.Namespace) -> int:
    from wizard.errand import ENCRYPTION

    return go(given, ENCRYPTION, {})
