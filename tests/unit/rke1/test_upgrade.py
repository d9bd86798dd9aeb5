"""The way to another version of RKE1: no minor is left out, each by an `rke` that knows it, back by a snapshot."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke1.bundled import write_bundle
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.living import SPEC, look, up
from tests.unit.rke1.test_upkeep import sealed, snapshot
from wizard.distros.rke1 import ward
from wizard.distros.rke1.images import LoadImages
from wizard.distros.rke1.install import install
from wizard.errand import RESTORE, UPGRADE, errand_of
from wizard.errors import BadUsage, Refused, Unreachable
from wizard.profiles import profile
from wizard.rollout.plan import Plan
from wizard.site import Site
from wizard.spec.rke1_version import minor_of, numbers_of
from wizard.upgrade.path import Window
from wizard.upgrade.restore.begun import FILE, Wish, begin
from wizard.upgrade.rke1 import restore as rke1_restore
from wizard.upgrade.rke1.path import legs, lines
from wizard.upgrade.rke1.plan import outlook

ALL = [version for line in profile("rke1/versions")["lines"].values() for version in line["versions"]]
PHASES = ["snapshot", "cluster-yml", "start", "etcd", "controlplane", "worker", "addons"]


@pytest.mark.parametrize(
    ("source", "target", "offered", "way"),
    [
        ("v1.30.14-rancher1-1", "v1.30.14-rancher1-1", ALL, []),
        ("v1.30.14-rancher1-1", "v1.31.9-rancher1-1", ALL, ["v1.31.9-rancher1-1"]),
        # The newest of 1.31 is for subscribers alone.
        ("v1.30.14-rancher1-1", "v1.32.5-rancher1-1", ALL, ["v1.31.9-rancher1-1", "v1.32.5-rancher1-1"]),
        # What the rke here knows comes first.
        (
            "v1.28.15-rancher1-1",
            "v1.30.9-rancher1-1",
            ["v1.29.13-rancher1-1", "v1.30.9-rancher1-1"],
            ["v1.29.13-rancher1-1", "v1.30.9-rancher1-1"],
        ),
        ("v1.31.9-rancher1-1", "v1.32.5-rancher1-1", [], ["v1.32.5-rancher1-1"]),
    ],
)
def test_a_way_goes_minor_by_minor(source: str, target: str, offered: list[str], way: list[str]) -> None:
    found = legs(source, target, offered)
    assert [leg.target for leg in found] == way
    assert [leg.here for leg in found] == [version in offered for version in way]


@given(st.sampled_from(ALL), st.sampled_from(ALL), st.sets(st.sampled_from(ALL)))
def test_no_way_leaves_a_minor_out_or_goes_back(source: str, target: str, offered: set[str]) -> None:
    try:
        found = legs(source, target, sorted(offered))
    except Refused:
        assert numbers_of(target) < numbers_of(source)
        return
    way = [source, *(leg.target for leg in found)]
    assert way[-1] == target
    for before, after in pairwise(way):
        assert numbers_of(before) < numbers_of(after)
        assert minor_of(after)[1] - minor_of(before)[1] <= 1


@given(st.sampled_from(ALL), st.sampled_from(ALL))
def test_out_of_a_bundle_of_its_way_an_upgrade_goes_that_way(source: str, target: str) -> None:
    """What it holds is all that is offered then."""
    try:
        way = [leg.target for leg in legs(source, target, ())]
    except Refused:
        return
    found = legs(source, target, way)
    assert [leg.target for leg in found] == way
    assert all(leg.here for leg in found)


def test_another_rke_is_named_where_the_one_here_does_not_know_a_version() -> None:
    said = " ".join(lines(legs("v1.30.14-rancher1-1", "v1.32.5-rancher1-1", ["v1.31.9-rancher1-1"])))
    assert "no rke here knows v1.32.5-rancher1-1: it takes another one, such as 1.8.4" in said


def test_a_minor_that_rancher_does_not_support_is_refused() -> None:
    window = Window("2.10.3", (1, 28), (1, 31), "Upgrade Rancher first.")
    with pytest.raises(Refused, match=r"supports Kubernetes v1\.28 to v1\.31, the way leads over v1\.32\.5"):
        legs("v1.30.14-rancher1-1", "v1.32.5-rancher1-1", ALL, window)


def knows(site: Site, *versions: str) -> None:
    """Put an `rke` where the site finds it, which knows these versions."""
    program = site.base / "rke"
    program.write_text("#!/bin/sh\n" + "".join(f"echo {version}\n" for version in versions))
    program.chmod(0o755)


def wanted(make_site: MakeSite, version: str) -> Site:
    """A site whose cluster is up, with another version in its spec."""
    old = up(make_site(SPEC))
    newer = make_site(SPEC.replace("v1.30.14-rancher1-1", version) + "rke1: {binary: rke}\n")
    newer.survey.facts.update(old.survey.facts)
    return newer


def upgrade(site: Site) -> Plan:
    errand = errand_of(site.spec, UPGRADE)
    assert errand
    return errand.plan(site, {})


def test_every_minor_has_its_snapshot_and_its_run_of_rke(make_site: MakeSite) -> None:
    site = wanted(make_site, "v1.32.5-rancher1-1")
    knows(site, "v1.31.9-rancher1-1", "v1.32.5-rancher1-1")
    plan = upgrade(site)
    first = [f"v1.31.9-rancher1-1-{key}" for key in PHASES]
    assert [stage.key for stage in plan.stages] == ["docker", *first, *(f"v1.32.5-rancher1-1-{key}" for key in PHASES)]
    assert any("way back" in note for note in plan.notes)


def test_a_version_that_the_rke_here_does_not_know_is_refused_with_the_way_by_hand(make_site: MakeSite) -> None:
    site = wanted(make_site, "v1.32.5-rancher1-1")
    knows(site, "v1.31.9-rancher1-1")
    with pytest.raises(Refused, match=r"no rke here knows v1\.32\.5") as refused:
        upgrade(site)
    assert refused.value.hint.startswith("Set version to v1.31.9-rancher1-1 and go there first; then name an rke")
    assert [leg.here for leg in outlook(site)] == [True, False]


WAY = ("v1.31.9-rancher1-1", "v1.32.5-rancher1-1")


def out_of_bundle(make_site: MakeSite, *versions: str, program: bytes = b"#!/bin/sh\n") -> Site:
    """A site at v1.30.14-rancher1-1 that is to go to v1.32.5-rancher1-1 by a bundle with the images of some versions.

    Its metadata knows another patch of 1.31 too, newer and without images.
    """
    known = {
        version: {name: f"rancher/{name}:{version}" for name in ("etcd", "kubernetes")}
        for version in (*WAY, "v1.31.14-rancher1-1")
    }
    images = [f"docker.io/{image}" for version in versions for image in known[version].values()]
    old = up(make_site(SPEC))
    source = write_bundle(old.base, known, images, program)
    newer = make_site(SPEC.replace("v1.30.14-rancher1-1", WAY[-1]) + source)
    newer.survey.facts.update(old.survey.facts)
    return newer


@pytest.mark.usefixtures("on_amd64")
def test_a_bundle_of_the_whole_way_brings_each_version_its_rke_and_its_own_images(make_site: MakeSite) -> None:
    plan = upgrade(out_of_bundle(make_site, *WAY))
    loads = {
        stage.key: step.images.of("mgmt-1")
        for stage in plan.stages
        for step in stage.steps
        if isinstance(step, LoadImages)
    }
    assert list(loads) == [f"{version}-images" for version in WAY]
    for version in WAY:
        names = {each.name for each in loads[f"{version}-images"]}
        assert names == {f"rancher/{name}:{version}" for name in ("etcd", "kubernetes")}


@pytest.mark.usefixtures("on_amd64")
@pytest.mark.parametrize(("versions", "program"), [(WAY[1:], b"rke"), (WAY, b"")])
def test_a_bundle_that_lacks_a_version_of_the_way_or_its_rke_is_refused(
    make_site: MakeSite, versions: tuple[str, ...], program: bytes
) -> None:
    with pytest.raises(Refused, match=r"v1\.31\.[0-9]+-rancher1-1 is on the way to v1\.32\.5-rancher1-1") as refused:
        upgrade(out_of_bundle(make_site, *versions, program=program))
    assert "--upgrade-from v1.30.14-rancher1-1" in refused.value.hint


@pytest.fixture
def on_amd64(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the bundle's `rke` is for."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def test_an_upgrade_that_was_cut_short_comes_first_and_takes_no_snapshot_of_its_middle(make_site: MakeSite) -> None:
    site = wanted(make_site, "v1.30.14-rancher1-1")
    knows(site, "v1.30.14-rancher1-1")
    look(site, version="v1.29.15")
    plan = upgrade(site)
    assert [stage.key for stage in plan.stages][1:] == [f"v1.30.14-rancher1-1-{key}" for key in PHASES[1:]]
    look(site)
    assert upgrade(site).empty


def test_who_applies_another_version_first_ends_the_upgrade_that_was_cut_short(make_site: MakeSite) -> None:
    site = wanted(make_site, "v1.31.9-rancher1-1")
    look(site, version="v1.29.15")
    with pytest.raises(Refused, match=r"the upgrade to v1\.30\.14-rancher1-1 has not ended on mgmt-1, ") as refused:
        install(site)
    assert refused.value.hint.startswith("rancher-wizard upgrade apply ends it first")


def test_where_no_control_plane_answers_the_version_that_was_begun_is_brought_up_first(make_site: MakeSite) -> None:
    site = wanted(make_site, "v1.31.9-rancher1-1")
    knows(site, "v1.30.14-rancher1-1", "v1.31.9-rancher1-1")
    look(site, without=["mgmt-1", "mgmt-2", "mgmt-3"])
    for plan in (upgrade, install):
        with pytest.raises(Refused, match="no control plane answers") as refused:
            plan(site)
        assert refused.value.hint.startswith("Set version to v1.30.14-rancher1-1 and bring it up: rancher-wizard apply")
    same = wanted(make_site, "v1.30.14-rancher1-1")
    look(same, without=["mgmt-1", "mgmt-2", "mgmt-3"])
    assert "etcd" in [stage.key for stage in install(same).stages]


def restored(site: Site, **wish: object) -> Plan:
    errand = errand_of(site.spec, RESTORE)
    assert errand
    assert errand.consent
    return errand.plan(site, Wish(**wish).record())  # type: ignore[arg-type]


def test_a_restore_brings_back_the_version_of_its_snapshot_on_whatever_machines_the_spec_names(
    make_site: MakeSite,
) -> None:
    site = up(make_site(SPEC))
    sealed(site, "old", version="v1.29.15-rancher1-1")
    moved = make_site(SPEC.replace("10.0.0.1", "10.0.1.1").replace("10.0.0.2", "10.0.1.2"))
    plan = restored(moved, snapshot="old")
    assert [stage.key for stage in plan.stages] == ["docker", *PHASES]
    assert plan.stages[1].nodes == ("mgmt-1",)
    assert len({stage.key: stage.nodes for stage in plan.stages}["worker"]) == 6
    assert any("comes back on v1.29.15-rancher1-1" in note for note in plan.notes)
    assert any("not wiped: mgmt-1, mgmt-2, mgmt-3, work-1" in note for note in plan.notes)


def test_a_restore_takes_the_sealed_state_file_where_the_one_here_is_lost(make_site: MakeSite) -> None:
    site = up(make_site(SPEC), more={"mgmt-2": [snapshot("there", 5)]})
    ward.state_path(site).unlink()
    plan = restored(site)
    assert plan.stages[1].nodes == ("mgmt-2",)
    look(site, ca="theirs", more={"mgmt-2": [snapshot("there", 5)]})
    with pytest.raises(Refused, match="is missing"):
        restored(site)


def test_a_snapshot_that_is_not_known_may_lie_in_the_bucket_where_there_is_one(make_site: MakeSite) -> None:
    with pytest.raises(Refused, match="no snapshot of this cluster is known"):
        restored(up(make_site(SPEC)), snapshot="far")
    s3 = (
        "etcd: {snapshots: {s3: {endpoint: 's3.lan:9000', bucket: etcd, access_key: {env: A}, secret_key: {env: B}}}}\n"
    )
    site = make_site(SPEC + s3, secrets={"s3-access-key": "key", "s3-secret-key": "secret"})
    assert "must find it in the bucket" in restored(up(site), snapshot="far").notes[0]


def test_no_restore_goes_without_a_node_of_the_spec(make_site: MakeSite) -> None:
    site = up(make_site(SPEC), more={"mgmt-2": [snapshot("there", 5)]})
    site.survey.failures["work-1"] = Unreachable("work-1", "no route to host")
    with pytest.raises(Refused, match="no route to host"):
        restored(site)
    for wish in ({"data_of": "mgmt-1"}, {"without": ("mgmt-1",)}):
        with pytest.raises(BadUsage, match="is for clusters of RKE2"):
            restored(site, **wish)


def test_a_restore_that_was_cut_short_goes_on_with_its_own_snapshot(make_site: MakeSite, tmp_path: Path) -> None:
    site = up(make_site(SPEC), more={"mgmt-2": [snapshot("one", 5), snapshot("two", 6)]})
    begun = begin(Wish("one"), site.state)
    written = (site.state / FILE).stat().st_mtime_ns
    assert begin(rke1_restore.resolved(site, Wish()), site.state) == begun
    # What rke has ended since is known by the time of this file.
    assert (site.state / FILE).stat().st_mtime_ns == written
    plan = restored(site)
    assert "Snapshot one" in plan.notes[0]
    assert any("goes on where it was" in note for note in plan.notes)
