"""The whole table of an upgrade's steps and faults on real nodes (root, Debian; some 40 minutes), as Markdown."""

import sys
import tempfile
import time
from pathlib import Path

from tests.lab.lab import Lab
from tests.lab.machine import unfit
from tests.lab.upgrade_faults import AGENTS, SERVERS, Ended, Row, Site, site, upgraded

FIRST = "v1.34.1+rke2r1"
BROKEN, BUDGET, FULL = "invalid kernel parameter", "disruption budget", "MiB free"
HOPS: tuple[tuple[str, tuple[Row, ...]], ...] = (
    (
        "v1.34.2+rke2r1",
        (
            Row("link lost", "n1", "quorum-before", "done"),
            Row("link lost", "n2", "artifacts", "done"),
            Row("link lost", "n3", "drain", "done"),
            Row("link lost", "n4", "install", "done"),
        ),
    ),
    (
        "v1.34.3+rke2r1",
        (
            Row("link lost", "n1", "start", "done"),
            Row("link lost", "n2", "ready", "done"),
            Row("link lost", "n3", "quorum-after", "done"),
            Row("link lost", "n4", "start", "done"),
        ),
    ),
    (
        "v1.34.4+rke2r1",
        (
            Row("engine killed", "n1", "artifacts", "again"),
            Row("engine killed", "n2", "drain", "again"),
            Row("engine killed", "n3", "install", "again"),
            Row("engine killed", "n4", "start", "again"),
        ),
    ),
    (
        "v1.34.5+rke2r1",
        (
            Row("engine killed", "n1", "snapshot", "again"),
            Row("engine killed", "n1", "start", "again"),
            Row("engine killed", "n2", "ready", "again"),
            Row("engine killed", "n3", "quorum-after", "again"),
        ),
    ),
    (
        "v1.34.6+rke2r1",
        (
            Row("node dies", "n1", "artifacts", "done"),
            Row("node dies", "n2", "drain", "done"),
            Row("node dies", "n3", "install", "done"),
            Row("node dies", "n4", "start", "done"),
        ),
    ),
    (
        "v1.34.7+rke2r1",
        (
            Row("node dies", "n1", "start", "done"),
            Row("node dies", "n2", "ready", "done"),
            Row("node dies", "n3", "quorum-after", "done"),
            Row("clock jumps", "n4", "start", "done"),
        ),
    ),
    (
        "v1.34.8+rke2r1",
        (
            Row("drain blocked", "n1", "drain", "again", BUDGET),
            Row("disk full", "n2", "artifacts", "again", FULL),
            Row("clock jumps", "n3", "ready", "done"),
            Row("drain blocked", "n4", "drain", "again", BUDGET),
        ),
    ),
    (
        "v1.34.9+rke2r1",
        (
            Row("unit fails", "n1", "start", "back", BROKEN),
            Row("clock jumps", "n2", "drain", "done"),
            Row("unit fails", "n4", "start", "back", BROKEN),
        ),
    ),
    (
        "v1.35.6+rke2r1",
        (
            Row("unit fails", "n1", "start", "back", BROKEN),
            Row("engine killed", "n2", "uncordon", "again"),
            Row("disk full", "n4", "artifacts", "again", FULL),
        ),
    ),
    (
        "v1.36.2+rke2r1",
        (
            Row("download cut", "n1", "install", "again", "exit status"),
            Row("download cut", "n4", "install", "again", "exit status"),
        ),
    ),
)


def main() -> None:
    """Print the table as it comes about, a row a line."""
    if why := unfit():
        sys.exit(why)
    print("| Fault | Step | Node | Ended | Took | Seen |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    wrong = 0
    with Lab(SERVERS + AGENTS) as lab, tempfile.TemporaryDirectory() as home, site(lab, Path(home), FIRST) as cluster:
        for version, rows in HOPS:
            wrong += _hop(cluster, version, rows)
        lost = cluster.lost()
    count = sum(len(rows) for _, rows in HOPS)
    print(
        f"\n{count - wrong} of {count} rows ended as they should; of {len(cluster.written)} keys {len(lost)} are lost"
    )


def _hop(cluster: Site, version: str, rows: tuple[Row, ...]) -> int:
    """Print what became of the rows of one hop; return how many did not end as they should."""
    began = time.monotonic()
    try:
        found = upgraded(cluster, version, rows)
    except AssertionError as error:
        print(f"| {version} | | | **{str(error)[-300:]!r}** | {time.monotonic() - began:.0f} s | |", flush=True)
        return len(rows)
    for each in found:
        print(_line(each), flush=True)
    return 0


def _line(each: Ended) -> str:
    row = each.row
    return f"| {row.fault} | {row.step} | {row.node} | {each.ended} | {each.took_s:.0f} s | {each.saw[:100]} |"


if __name__ == "__main__":
    main()
