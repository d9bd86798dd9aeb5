"""Files of a host brought here, in pieces that survive a dropped link."""

import base64
from collections.abc import AsyncIterator

from wizard.errors import CommandFailed
from wizard.hosts.runner import Runner
from wizard.hosts.script import own_script

READ_PIECE = own_script("read_piece")
PIECE = 2 * 1024 * 1024
PIECE_S = 300


async def pieces(host: Runner, path: str, size_bytes: int, *, begin: int = 0) -> AsyncIterator[bytes]:
    """Yield the bytes of a file from `begin` on, some MiB at a time.

    Raises CommandFailed when it became shorter than `size_bytes`, and what Host.run raises; after LinkLost go on from
    what came.
    """
    offset = begin
    while offset < size_bytes:
        result = await host.run(READ_PIECE, path, str(offset), str(min(PIECE, size_bytes - offset)), timeout_s=PIECE_S)
        try:
            piece = base64.b64decode("".join(result.lines), validate=True)
        except ValueError:
            piece = b""
        if not piece:
            raise CommandFailed(host.name, f"{path} has no byte {offset} of {size_bytes}", exit_status=1)
        offset += len(piece)
        yield piece
