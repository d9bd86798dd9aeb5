"""A simulated site that listens, and a draft that lists its nodes."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.unit.simulator.simulated import Simulated
from wizard.design.draft import Draft, Place


@contextlib.asynccontextmanager
async def site(
    folder: Path, *, page: str, nodes: int = 4, fail: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Simulated, Draft]]:
    """Yield the site, and a draft that is on `page` and whose spec would lie beside it."""
    simulated = await Simulated(folder / "site", nodes=nodes, fail=fail).open()
    ssh = {
        "user": "root",
        "port": simulated.doors.port,
        "key": str(simulated.key),
        "agent": False,
        "config": "none",
        "known_hosts": str(simulated.known_hosts),
    }
    text = "\n".join(f"{place.address} {place.name} zone={place.zone}" for place in simulated.layout.places)
    draft = Draft(nodes_text=text, carried={"ssh": ssh}, place=Place(page), spec_path=str(folder / "cluster.yaml"))
    try:
        yield simulated, draft
    finally:
        await simulated.close()
