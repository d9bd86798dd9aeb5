"""The checks that this machine answers itself, each by a proof of its own."""

from collections.abc import Iterator
from pathlib import Path

from wizard.checks.bucket import prove_bucket, writable
from wizard.checks.door import CHECKS as DOOR
from wizard.checks.door import prove_door
from wizard.checks.finding import Finding
from wizard.spec.models import Spec

PROVEN_HERE = frozenset((writable.id, *(each.id for each in DOOR)))
"""Their ids."""


async def prove_here(spec: Spec, base: Path) -> dict[str, tuple[Finding, ...]]:
    """Run these proofs and return their findings by node; what is true of the whole site is the first server's.

    `base` is the folder of the spec.
    """
    bucket, door = await prove_bucket(spec, base), await prove_door(spec, base)

    def of(node: str) -> Iterator[Finding]:
        yield bucket[node]
        if node == spec.first_server.name:
            yield from door.values()

    return {node: tuple(of(node)) for node in bucket}
