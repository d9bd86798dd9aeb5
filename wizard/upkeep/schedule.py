"""The schedule by which servers take snapshots of themselves: as it is on each, and another one rolled out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.state import read_state
from wizard.rollout.plan import Plan, settled
from wizard.site import Site
from wizard.times import duration
from wizard.upkeep.servers import ending, names, release, restarts
from wizard.upkeep.snapshots import SCHEDULED

FOLDER = "server/db/snapshots in RKE2's data folder"


def reconfigure(site: Site) -> Plan:
    """Return the plan that gives servers their configuration, one at a time with etcd proven around it. Pure.

    Servers that have it are left alone. Raises Refused while one can't be reached or runs another release.
    """
    release(site)
    step = Configure(site)
    todo = tuple(name for name in names(site) if not settled(name, (step,), site.survey))
    changed = restarts(site, "schedule", before=(step,), only=todo)
    stages = (changed, ending(site, "credentials", "Kubeconfig")) if todo else ()
    rest = tuple(node.name for node in site.spec.nodes if node.name not in todo)
    return Plan(site.spec.name, stages, settled=rest, command="snapshot schedule")


@dataclass(frozen=True, slots=True)
class Kept:
    """One server: whether its configuration is the spec's, and the snapshots that it took by schedule."""

    server: str
    as_wanted: bool
    count: int = 0
    newest: int = 0
    """Epoch seconds of the newest one, 0 for none."""
    error: str = ""


def kept(site: Site) -> tuple[Kept, ...]:
    """Return how each server stands to the schedule of the spec; pure."""
    return tuple(_kept(site, name) for name in names(site))


def _kept(site: Site, name: str) -> Kept:
    if error := site.survey.failures.get(name):
        return Kept(name, as_wanted=False, error=error.what)
    found = read_state(site.survey.facts[name]).snapshots
    own = [each for each in found if PurePosixPath(each.path).name.startswith(f"{SCHEDULED}{name}-")]
    newest = max((each.written for each in own), default=0)
    return Kept(name, settled(name, (Configure(site),), site.survey), len(own), newest)


def lines(site: Site, found: tuple[Kept, ...]) -> Iterator[str]:
    """Yield the schedule and each server for reading."""
    wanted = site.spec.etcd.snapshots
    if wanted.enabled:
        packed = ", compressed" if wanted.compress else ""
        yield f'each server: "{wanted.schedule}", the newest {wanted.retention} kept, in {wanted.dir or FOLDER}{packed}'
    else:
        yield "each server: no snapshots by schedule"
    if wanted.s3:
        yield f"copied to the bucket {wanted.s3.bucket} at {wanted.s3.endpoint}"
    width = max(len(each.server) for each in found)
    for each in found:
        how = "as the spec says" if each.as_wanted else "differs: see rancher-wizard drift"
        ago = f", newest {duration(time.time() - each.newest)} ago" if each.count else ""
        yield f"{each.server:<{width}}  {each.error or f'{how}; {each.count} by schedule{ago}'}"


def record(site: Site, found: tuple[Kept, ...]) -> dict[str, Any]:
    """Return it for a program."""
    wanted = site.spec.etcd.snapshots
    return {
        "enabled": wanted.enabled,
        "schedule": wanted.schedule,
        "retention": wanted.retention,
        "dir": str(wanted.dir) if wanted.dir else None,
        "compress": wanted.compress,
        "bucket": wanted.s3.bucket if wanted.s3 else None,
        "servers": [
            {
                "server": each.server,
                "as_wanted": each.as_wanted,
                "by_schedule": each.count,
                "newest": each.newest or None,
                "error": each.error or None,
            }
            for each in found
        ],
    }
