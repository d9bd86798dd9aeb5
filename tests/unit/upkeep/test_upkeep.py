"""Snapshots pruned, certificates listed and made anew in an order that etcd survives, drift told file by file."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.rke2.conftest import MakeSite, facts_of
from wizard.checks.cluster.certificate import Certificate
from wizard.errors import Refused
from wizard.site import Site
from wizard.upkeep.certificates import UNSEEN, ended, lines, record, rotate
from wizard.upkeep.drift import drift
from wizard.upkeep.snapshots import fetch, prune, save

ALL = ("cp-1", "cp-2", "cp-3", "w-1", "w-2")
FOLDER = "/var/lib/rancher/rke2/server/db/snapshots"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def running(site: Site, *, snapshots: dict[str, list[str]] | None = None, version: str = "v1.34.2+rke2r1") -> Site:
    listed = [f"x.rke2.node={name} True {version} {'True' if name.startswith('cp') else ''}" for name in ALL]
    for name in ALL:
        kept = [f"x.rke2.snapshot=1000 100 {FOLDER}/{each}" for each in (snapshots or {}).get(name, [])]
        site.survey.learn(name, facts_of([*(listed if name.startswith("cp") else ()), *kept]))
    return site


def paper(name: str, days: int, *, authority: bool = False) -> Certificate:
    return Certificate(f"/tls/{name}.crt", f"CN={name}", authority, NOW + timedelta(days=days))


def test_the_newest_are_left_and_what_rke2_prunes_itself_is_not_touched(make_site: MakeSite) -> None:
    kept = {
        "cp-1": ["manual-cp-1-1700000100", "manual-cp-1-1700000300", "etcd-snapshot-cp-1-1700000050"],
        "cp-2": ["before-v1.34-cp-2-1700000200"],
    }
    plan = prune(running(make_site(), snapshots=kept), 1)
    names = {stage.nodes[0]: stage.steps[1].names for stage in plan.stages}  # type: ignore[attr-defined]
    assert names == {"cp-1": ("manual-cp-1-1700000100",), "cp-2": ("before-v1.34-cp-2-1700000200",)}
    assert prune(running(make_site(), snapshots=kept), 5).empty


def test_a_snapshot_is_taken_by_the_first_server_that_answers(make_site: MakeSite) -> None:
    (stage,) = save(running(make_site()), "manual-1").stages
    assert (stage.nodes, [step.key for step in stage.steps]) == (("cp-1",), ["reach", "snapshot"])


def test_one_is_fetched_from_where_it_lies(make_site: MakeSite) -> None:
    site = running(make_site(), snapshots={"cp-3": ["manual-cp-3-1700000100"]})
    assert fetch(site, "manual-cp-3-1700000100").nodes == ("cp-3",)
    with pytest.raises(Refused, match="gone: no server has it"):
        fetch(site, "gone")


def test_servers_get_new_certificates_one_at_a_time_with_etcd_proven(make_site: MakeSite) -> None:
    plan = rotate(running(make_site()))
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("certificates-servers", (("cp-1",), ("cp-2",), ("cp-3",))),
        ("certificates-agents", (("w-1",), ("w-2",))),
        ("credentials", (("cp-1",),)),
    ]
    assert [step.key for step in plan.stages[0].steps] == [
        *("reach", "quorum-before", "rotate", "start", "ready", "quorum-after")
    ]
    with pytest.raises(Refused, match=r"cp-1 runs v1\.33"):
        rotate(running(make_site(), version="v1.33.10+rke2r3"))


def test_certificates_are_told_with_the_first_to_end_first() -> None:
    found = {"cp-1": [paper("server", 40), paper("ca", 3650, authority=True)], "w-1": [paper("kubelet", -2)]}
    said = list(lines(found, NOW))
    assert [line.split()[0] for line in said] == ["w-1", "cp-1", "cp-1"]
    assert "ENDED 2 days ago" in said[0]
    assert "authority" in said[2]
    assert ended(found, NOW)
    assert not ended({"cp-1": [paper("server", 1)]}, NOW)
    assert list(lines({}, NOW, {"cp-1": UNSEEN})) == [f"cp-1: {UNSEEN}"]
    assert record({}, NOW, {"cp-1": UNSEEN}) == [{"node": "cp-1", "unknown": UNSEEN}]


def test_what_is_missing_or_changed_is_named_by_its_path(make_site: MakeSite) -> None:
    site = running(make_site("prepare: {sysctl: true, modules: false, networkmanager: false}\n"))
    told = {(each.node, each.path, each.what) for each in drift(site)}
    assert ("w-1", "/etc/sysctl.d/90-rke2.conf", "is missing") in told
    assert ("cp-1", "/etc/rancher/rke2/config.yaml", "is missing") in told
