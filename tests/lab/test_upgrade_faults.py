"""A sample of the table of steps and faults; all of it: python -m tests.bench.upgrade_faults."""

from pathlib import Path

from tests.lab.lab import Lab
from tests.lab.upgrade_faults import AGENTS, SERVERS, Row, site, upgraded

NODES = SERVERS + AGENTS
OLD, NEW = "v1.34.9+rke2r1", "v1.35.6+rke2r1"
SAMPLE = (
    Row("unit fails", "n1", "start", "back", "invalid kernel parameter"),
    Row("clock jumps", "n1", "ready", "done"),
    Row("engine killed", "n2", "install", "again"),
    Row("node dies", "n3", "start", "done"),
    Row("drain blocked", "n4", "drain", "again", "disruption budget"),
)


def test_whatever_strikes_an_upgrade_it_ends_and_nothing_is_lost(lab: Lab, tmp_path: Path) -> None:
    with site(lab, tmp_path, OLD) as cluster:
        found = upgraded(cluster, NEW, SAMPLE)
    assert [each.ended for each in found] == [
        "back, then upgrade apply",
        "by itself",
        "upgrade apply",
        "by itself",
        "upgrade apply",
    ]
