"""A file of a node brought home piece by piece, sealed on its way."""

import hashlib

from wizard.errors import StepFailed
from wizard.hosts.download import pieces
from wizard.rollout.step import Work
from wizard.vault.pieces import Sealing


async def bring_sealed(work: Work, path: str, sealing: Sealing, *, size: int, digest: str, begin: int = 10) -> None:
    """Bring a snapshot of `size` bytes and that sha256 from the node at work into a sealed file; `begin` is a percent.

    Raises StepFailed when it arrives damaged; nothing is left of it then.
    """
    came, seen = 0, hashlib.sha256()
    try:
        async for piece in pieces(work.host, path, size):
            sealing.add(piece)
            seen.update(piece)
            came += len(piece)
            percent = begin + (100 - begin) * came // max(1, size)
            work.tell(percent, f"snapshot: {came >> 20} of {size >> 20} MiB are here")
        if seen.hexdigest() != digest:
            raise StepFailed(work.node, "the snapshot arrived damaged", hint="Retry: it is fetched again.")
    except BaseException:
        sealing.drop()
        raise
    sealing.done()
