"""The plan of an upgrade: snapshots first, servers singly, agents in batches, each hop before the next."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.bundle.releases import release_files
from tests.unit.bundle.site import write_signed
from tests.unit.rke2.conftest import MakeSite, facts_of
from wizard.distros.rke2.artifacts import SendArtifacts
from wizard.errors import Refused
from wizard.site import Site
from wizard.upgrade.outlook import hops
from wizard.upgrade.plan import upgrade
from wizard.upgrade.release import Release
from wizard.upgrade.running import Running

ALL = ("cp-1", "cp-2", "cp-3", "w-1", "w-2")


def running(site: Site, versions: dict[str, str], *, cordoned: tuple[str, ...] = ()) -> Site:
    """Facts as servers tell them."""
    listed = [f"x.rke2.node={n} True {v} {'True' if n.startswith('cp') else ''}" for n, v in versions.items()]
    for name in versions:
        lines = [*(listed if name.startswith("cp") else ()), *(["x.rke2.cordoned=yes"] if name in cordoned else [])]
        site.survey.learn(name, facts_of(lines))
    return site


def to(make_site: MakeSite, version: str, **more: str) -> Site:
    site = make_site(**more)
    object.__setattr__(site, "spec", site.spec.model_copy(update={"version": version}))
    return site


def test_each_hop_is_whole_before_the_next(make_site: MakeSite) -> None:
    site = running(to(make_site, "v1.35.6+rke2r1"), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    assert [(stage.key, stage.batches) for stage in upgrade(site).stages] == [
        ("snapshot-1.34.9-rke2r1", (("cp-1",),)),
        ("servers-1.34.9-rke2r1", (("cp-1",), ("cp-2",), ("cp-3",))),
        ("agents-1.34.9-rke2r1", (("w-1",), ("w-2",))),
        ("snapshot-1.35.6-rke2r1", (("cp-1",),)),
        ("servers-1.35.6-rke2r1", (("cp-1",), ("cp-2",), ("cp-3",))),
        ("agents-1.35.6-rke2r1", (("w-1",), ("w-2",))),
        ("credentials", (("cp-1",),)),
    ]


def test_what_stopped_half_way_goes_on_where_it_was(make_site: MakeSite) -> None:
    versions = dict.fromkeys(ALL, "v1.34.9+rke2r1") | {"cp-1": "v1.35.6+rke2r1"}
    site = running(to(make_site, "v1.35.6+rke2r1"), versions)
    assert [(stage.key, stage.nodes) for stage in upgrade(site).stages] == [
        ("snapshot-1.35.6-rke2r1", ("cp-1",)),
        ("servers-1.35.6-rke2r1", ("cp-2", "cp-3")),
        ("agents-1.35.6-rke2r1", ("w-1", "w-2")),
        ("credentials", ("cp-1",)),
    ]


def test_a_node_that_was_left_cordoned_is_given_back(make_site: MakeSite) -> None:
    site = running(make_site(), dict.fromkeys(ALL, "v1.34.2+rke2r1"), cordoned=("w-2",))
    assert [(stage.key, stage.nodes) for stage in upgrade(site).stages] == [("uncordon", ("w-2",))]
    assert upgrade(running(make_site(), dict.fromkeys(ALL, "v1.34.2+rke2r1"))).empty


def test_a_drain_comes_after_what_takes_long_and_only_where_asked_for(make_site: MakeSite) -> None:
    old = dict.fromkeys(ALL, "v1.33.10+rke2r3")
    extra = "source: {kind: folder, path: releases}\n"

    def steps(more: str) -> dict[str, list[str]]:
        site = running(to(make_site, "v1.34.9+rke2r1", extra=extra + more), old)
        return {stage.key.partition("-")[0]: [step.key for step in stage.steps] for stage in upgrade(site).stages}

    assert steps("")["servers"] == [
        *("reach", "claim", "quorum-before", "artifacts", "drain", "install", "configure", "start", "ready"),
        *("quorum-after", "uncordon"),
    ]
    agents_only = steps("upgrade: {drain: agents}\n")
    assert "drain" not in agents_only["servers"]
    assert "drain" in agents_only["agents"]
    assert "drain" not in steps("upgrade: {drain: none}\n")["agents"]


def test_a_node_that_does_not_answer_or_is_unknown_refuses_the_start(make_site: MakeSite) -> None:
    site = running(make_site(), dict.fromkeys(ALL[:-1], "v1.34.2+rke2r1"))
    with pytest.raises(Refused, match="w-2: no server lists it"):
        upgrade(site)


def test_what_has_to_be_done_before_refuses_the_start(make_site: MakeSite) -> None:
    site = to(make_site, "v1.37.0+rke2r1", extra="ingress: ingress-nginx\n")
    with pytest.raises(Refused, match="chart of ingress-nginx is gone"):
        upgrade(running(site, dict.fromkeys(ALL, "v1.36.3+rke2r1")))


def test_a_cluster_begun_before_traefik_was_the_default_has_nginx_though_nobody_chose_it(make_site: MakeSite) -> None:
    site = to(make_site, "v1.37.0+rke2r1")
    with pytest.raises(Refused, match="chart of ingress-nginx is gone"):
        upgrade(running(site, dict.fromkeys(ALL, "v1.35.6+rke2r1")))
    (hop,) = hops(Running.all_at(Release.of("v1.36.3+rke2r1")), Release.of("v1.37.0+rke2r1"), site.spec)
    told = [each for each in hop.met if "ingress-nginx" in each.what]
    assert [each.stops for each in told] == [False]


def bundled(make_site: MakeSite, folder: Path, *releases: str, without: str = "") -> Site:
    """A site at v1.33.10+rke2r3 that is to go to v1.35.6+rke2r1 out of a bundle of these releases."""
    site = running(to(make_site, "v1.35.6+rke2r1"), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    source = write_signed(folder, *(each for name in releases for each in release_files(name, without=without)))
    return replace(site, base=folder, spec=site.spec.model_copy(update={"source": source}))


def test_a_bundle_that_lacks_a_release_of_the_way_is_refused_before_anything_is_touched(
    make_site: MakeSite, tmp_path: Path
) -> None:
    site = bundled(make_site, tmp_path, "v1.35.6+rke2r1")
    with pytest.raises(Refused, match=r"holds v1\.35\.6\+rke2r1; v1\.34\.9\+rke2r1 is on the way") as refused:
        upgrade(site)
    assert "bundle create SPEC --upgrade-from v1.33.10+rke2r3" in refused.value.hint
    at_last = running(site, dict.fromkeys(ALL, "v1.34.9+rke2r1"))
    assert upgrade(at_last).nodes


def test_a_release_of_which_a_file_is_missing_is_none(make_site: MakeSite, tmp_path: Path) -> None:
    site = bundled(make_site, tmp_path, "v1.34.9+rke2r1", "v1.35.6+rke2r1", without="install.sh")
    with pytest.raises(Refused, match="holds no whole release"):
        upgrade(site)


async def test_a_bundle_of_the_whole_way_brings_each_hop_its_own_release_alone(
    make_site: MakeSite, tmp_path: Path
) -> None:
    site = bundled(make_site, tmp_path, "v1.34.9+rke2r1", "v1.35.6+rke2r1")
    sent = [step for stage in upgrade(site).stages for step in stage.steps if isinstance(step, SendArtifacts)]
    versions = [step.site.spec.version for step in sent]
    assert versions == [each for each in ("v1.34.9+rke2r1", "v1.35.6+rke2r1") for _ in ("servers", "agents")]
    for step in sent:
        files = await step.release.artifacts("amd64", "server")
        assert len(files) == 5
        for each in files:
            name, _, release = each.source.read(0, each.size_bytes).decode().partition(" of ")
            assert (name, release) == (each.dest.rpartition("/")[2], step.site.spec.version)


@pytest.mark.parametrize("with_old", [False, True])
def test_the_bundle_of_the_release_that_runs_is_to_be_kept_where_this_one_has_it_not(
    make_site: MakeSite, tmp_path: Path, with_old: bool
) -> None:
    more = ("v1.33.10+rke2r3",) if with_old else ()
    notes = upgrade(bundled(make_site, tmp_path, *more, "v1.34.9+rke2r1", "v1.35.6+rke2r1")).notes
    assert any("has not v1.33.10+rke2r3: for the way back" in note for note in notes) is not with_old


def test_of_two_ways_the_one_that_the_bundle_holds_is_gone(make_site: MakeSite, tmp_path: Path) -> None:
    """It may have been made by a wizard that knew other releases."""
    site = bundled(make_site, tmp_path, "v1.34.8+rke2r1", "v1.35.6+rke2r1")
    servers = [stage.key for stage in upgrade(site).stages if stage.key.startswith("servers-")]
    assert servers == ["servers-1.34.8-rke2r1", "servers-1.35.6-rke2r1"]


def test_of_several_folders_the_one_that_is_missing_is_named(make_site: MakeSite, tmp_path: Path) -> None:
    (tmp_path / "releases/v1.35.6+rke2r1").mkdir(parents=True)
    site = to(make_site, "v1.35.6+rke2r1", extra="source: {kind: folder, path: releases}\n")
    site = running(replace(site, base=tmp_path), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    with pytest.raises(Refused, match=r"v1\.34\.9\+rke2r1 is on the way") as refused:
        upgrade(site)
    assert "into releases/v1.34.9+rke2r1" in refused.value.hint
