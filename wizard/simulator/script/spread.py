"""Scripts by which nodes give files to each other."""

import hashlib
import json

from wizard.simulator.call import Call
from wizard.simulator.node import Giving, Node

PORT = 10250


async def spread_open(call: Call) -> int:
    """spread_open LEASE_S LIMIT_S ADDRESS PYTHON PORT...; what may be given on stdin."""
    given = json.loads(await call.read())
    files = {name: (str(places[1]), str(places[2])) for name, places in given["files"].items()}
    call.node.giving = Giving(given["token"], files)
    call.say("program=python3")
    call.say(f"port={PORT}")
    return 0


async def spread_close(call: Call) -> int:
    """spread_close."""
    call.node.giving = None
    return 0


async def spread_fetch(call: Call) -> int:
    """spread_fetch PYTHON PART SIZE PIECE ADDRESS PORT NAME PIN LEG_S; token and hashes on stdin."""
    part, size, piece, address, name = call.arg(1), int(call.arg(2)), int(call.arg(3)), call.arg(4), call.arg(6)
    token, *hashes = (await call.read()).decode().split()
    giver = next((node for node in call.site.nodes.values() if address in (node.inner_address, node.address)), None)
    if giver is None or giver.giving is None or giver.giving.token != token:
        call.say("ended=gone Connection refused")
        return 0
    there = call.node.files.get(part)
    data = there.data[: len(there.data) // piece * piece] if there else b""
    ended = "done"
    while len(data) < size and ended == "done":
        more = _piece(giver, name, len(data), min(piece, size - len(data)))
        if not more:
            ended = "behind"
        elif hashlib.sha256(more).hexdigest() != hashes[len(data) // piece]:
            ended = "wrong bytes"
        else:
            data += more
            call.node.write(part, data, mode=0o600, at=call.site.clock.now())
            call.say(f"have={len(data)}")
    call.say(f"ended={ended}")
    return 0


def _piece(giver: Node, name: str, begin: int, length: int) -> bytes:
    """What a node has of a piece: all of it, or nothing."""
    for place in giver.giving.files.get(name, ()) if giver.giving else ():
        file = giver.files.get(place)
        if file and len(file.data) >= begin + length:
            return file.data[begin : begin + length]
    return b""


HANDLERS = {"spread_open": spread_open, "spread_close": spread_close, "spread_fetch": spread_fetch}
