"""The bucket that snapshots are copied to, as each server reaches it by RKE2's own settings.

Source: RKE2 documentation, "Backup and restore", S3; `rke2 etcd-snapshot ls` prints Name, Location, Size, Created.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.errors import HostError, StepFailed
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.plain import plain
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.upgrade.restore.choice import Kept, in_bucket, listing

LIST = load_script(Path(__file__).parent, "bucket_snapshots")
LIST_S = 120.0


async def held(host: Host) -> tuple[Kept, ...]:
    """Return the snapshots that lie in the bucket as a server sees it, the newest first.

    Raises StepFailed with what RKE2 said where it could not look, and what Host.run raises.
    """
    result = await host.run(LIST, timeout_s=LIST_S, check=False)
    if result.exit_status != 0:
        last = next((line for line in reversed((*result.errors, *result.lines)) if line.strip()), "no answer")
        raise StepFailed(
            host.name,
            f"the bucket can't be listed: {plain(last)[:300]}",
            cause="Endpoint, bucket, region or keys are wrong, or the way there is closed from this server.",
            hint="Correct etcd.snapshots.s3 in the spec, then: rancher-wizard apply.",
        )
    found = [each for line in result.lines if (each := _row(line))]
    return tuple(sorted(found, key=lambda each: (-each.at, each.name)))


def _row(line: str) -> Kept | None:
    cells = line.split()
    if len(cells) < 3 or not cells[1].startswith("s3://"):
        return None
    return in_bucket(plain(cells[0]), size_bytes=int(cells[2]) if cells[2].isdecimal() else 0)


async def all_held(servers: Sequence[str], hosts: Callable[[str], Host]) -> dict[str, tuple[Kept, ...] | HostError]:
    """Return what each server sees in the bucket, or why it does not: each copies its own snapshots."""

    async def ask(name: str) -> tuple[Kept, ...] | HostError:
        try:
            return await held(hosts(name))
        except HostError as error:
            return error

    return dict(zip(servers, await asyncio.gather(*map(ask, servers)), strict=True))


def lines(found: Mapping[str, tuple[Kept, ...] | HostError]) -> Iterator[str]:
    """Yield how each server reaches the bucket, then what is in it."""
    width = max(map(len, found))
    for name, seen in found.items():
        how = seen.what if isinstance(seen, HostError) else f"reaches it, {len(seen)} snapshots there"
        yield f"{name:<{width}}  {how}"
    if kept := next((seen for seen in found.values() if not isinstance(seen, HostError)), ()):
        yield from listing(kept)


def record(found: Mapping[str, tuple[Kept, ...] | HostError]) -> list[dict[str, Any]]:
    """Return it for a program."""
    return [
        {"server": name, "error": seen.what}
        if isinstance(seen, HostError)
        else {"server": name, "snapshots": [{"name": each.name, "size_bytes": each.size_bytes} for each in seen]}
        for name, seen in found.items()
    ]


@dataclass(frozen=True, slots=True)
class InBucket(Unsettled):
    """Proves that the snapshot called `name`, which this server has just saved, lies in the bucket too."""

    name: str
    key: str = "in-bucket"
    title: str = "Prove that the snapshot is in the bucket"
    timeout_s: float = 300.0
    expected_s: float = 3.0

    async def carry_out(self, work: Work) -> Outcome:
        found = next(
            (each for each in await held(work.host) if each.name.startswith(f"{self.name}-{work.node}-")), None
        )
        if found is None:
            raise StepFailed(
                work.node,
                f"{self.name}: the bucket does not have it",
                cause="RKE2 could not copy it there; the copy on this server and the one at home are whole.",
                hint="See: rancher-wizard snapshot s3 SPEC, and journalctl -u rke2-server there.",
            )
        work.said(f"{found.place}: {found.size_bytes >> 10} KiB in the bucket")
        return "done"
