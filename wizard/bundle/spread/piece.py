"""The hash of every piece of a file: whoever gets one from another node proves it before it counts."""

import asyncio
import hashlib

from wizard.hosts.upload import PIECE, Source


async def piece_hashes(source: Source) -> tuple[str, ...]:
    """Return the sha256 of each PIECE of a file here, in hex. Raises OSError."""

    def read() -> tuple[str, ...]:
        offsets = range(0, source.size_bytes, PIECE)
        return tuple(hashlib.sha256(source.read(offset, PIECE)).hexdigest() for offset in offsets)

    return await asyncio.to_thread(read)
