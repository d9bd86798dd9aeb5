"""Snapshots and certificates of an RKE1 cluster: what is planned, what is listed, what is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.rke1 import states
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.living import SPEC, look, up
from wizard.cli.main import main
from wizard.distros.rke1 import ward
from wizard.distros.rke1.home import ZIP, home
from wizard.distros.rke1.install import install
from wizard.errand import AUTHORITY, CERTIFICATES, FETCH, PRUNE, REMOVE, SNAPSHOT, errand_of
from wizard.errors import Refused
from wizard.membership.remove import Leaving
from wizard.rollout.plan import Plan
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.spec.load import load_spec
from wizard.upkeep.halfway import halfway
from wizard.upkeep.listing import asides, snapshots
from wizard.upkeep.rke1.certificates import in_state
from wizard.upkeep.standing import NodeStands, Standing, seen
from wizard.upkeep.standing_lines import summary
from wizard.vault.pieces import Sealing
from wizard.vault.vault import Vault


def planned(site: Site, errand_name: str, **about: object) -> Plan:
    errand = errand_of(site.spec, errand_name)
    assert errand
    return errand.plan(site, about)


def snapshot(name: str, at: int) -> str:
    return f"x.rke1.snapshot=4096 {at}.5 {name}.zip"


def sealed(site: Site, name: str, **header: object) -> None:
    about = {"identity": site.identity.id, "at": 100, "size_bytes": 4, "version": site.spec.version, "sha256": "ab"}
    sealing = Sealing(home(site, name) / ZIP, site.vault, about | header)
    sealing.add(b"data")
    sealing.done()


def test_a_snapshot_is_saved_on_a_node_whose_etcd_runs(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    look(site, without=["mgmt-1"])
    (stage,) = planned(site, SNAPSHOT, name="today").stages
    assert (stage.nodes, [step.key for step in stage.steps]) == (("mgmt-2",), ["reach", "snapshot"])


def test_no_snapshot_is_saved_of_a_cluster_that_is_not_up_nor_under_a_name_that_is_taken(make_site: MakeSite) -> None:
    with pytest.raises(Refused, match="has not come up yet"):
        planned(make_site(SPEC), SNAPSHOT, name="today")
    site = up(make_site(SPEC), more={"mgmt-2": [snapshot("today", 5)]})
    with pytest.raises(Refused, match="there is such a snapshot already") as refused:
        planned(site, SNAPSHOT, name="today")
    assert "snapshot fetch SPEC today brings home what lies on mgmt-2" in refused.value.hint


def test_the_list_has_each_snapshot_once_the_newest_first_and_names_what_is_beside_it(make_site: MakeSite) -> None:
    s3 = "etcd: {snapshots: {s3: {endpoint: 's3.lan:9000', bucket: etcd, folder: prod, "
    s3 += "access_key: {env: A}, secret_key: {env: B}}}}\n"
    site = make_site(SPEC + s3, secrets={"s3-access-key": "key", "s3-secret-key": "secret"})
    own = snapshot("2026-03-01T00:00:00Z_etcd", 300)
    look(site, more={"mgmt-1": [snapshot("old", 100), own], "mgmt-2": [snapshot("old", 101), snapshot("new", 400)]})
    sealed(site, "old")
    found = snapshots(site)
    assert [(each.name, each.node) for each in found] == [
        ("new", "mgmt-2"),
        ("2026-03-01T00:00:00Z_etcd", "mgmt-1"),
        ("old", ""),
    ]
    said = " ".join(asides(site))
    assert "every 12 h and deletes its own after 72 h" in said
    assert "s3.lan:9000/etcd/prod" in said


def test_what_lies_at_home_is_not_fetched_again(make_site: MakeSite) -> None:
    site = up(make_site(SPEC), more={"mgmt-2": [snapshot("one", 5)], "mgmt-1": [snapshot("two", 5)]})
    sealed(site, "two")
    assert planned(site, FETCH, name="one.zip").stages[0].nodes == ("mgmt-2",)
    assert planned(site, FETCH, name="two").empty
    with pytest.raises(Refused, match="three: no server has it"):
        planned(site, FETCH, name="three")


def test_pruning_leaves_the_newest_and_what_rke1_deletes_itself(make_site: MakeSite) -> None:
    own = [snapshot("2026-03-01T00:00:00Z_etcd", 1)]
    mine = [snapshot(f"s{at}", at) for at in (10, 20, 30)]
    site = up(make_site(SPEC), more={"mgmt-1": [*own, *mine], "mgmt-3": [*own, *mine[:1]]})
    sealed(site, "s10", at=10)
    plan = planned(site, PRUNE, keep=1)
    gone = {stage.nodes[0]: stage.steps[1].names for stage in plan.stages}  # type: ignore[attr-defined]
    assert gone == {"mgmt-1": ("s10", "s20"), "mgmt-3": ("s10",)}
    assert plan.stages[0].steps[1].here == (str(home(site, "s10")),)  # type: ignore[attr-defined]


def test_certificates_go_through_rkes_phases_and_etcd_only_where_it_is_meant(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    every = ["start", "etcd", "controlplane", "worker", "addons"]
    assert [stage.key for stage in planned(site, CERTIFICATES, services=[]).stages] == every
    some = planned(site, CERTIFICATES, services=["kubelet"])
    assert [stage.key for stage in some.stages] == [key for key in every if key != "etcd"]
    assert "kubelet" in " ".join(some.notes)
    assert [stage.key for stage in planned(site, AUTHORITY, services=[]).stages] == ["snapshot", *every]


def test_nothing_is_rotated_while_the_spec_is_not_applied(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    changed = make_site(SPEC + "rke1: {monitoring: none}\n")
    changed.survey.facts.update(site.survey.facts)
    with pytest.raises(Refused, match="changed since it was applied"):
        planned(changed, CERTIFICATES, services=[])
    newer = make_site(SPEC.replace("v1.30.14", "v1.31.9"))
    newer.survey.facts.update(site.survey.facts)
    with pytest.raises(Refused, match=r"runs v1\.30\.14-rancher1-1, the spec says"):
        planned(newer, CERTIFICATES, services=[])


def test_another_authority_is_no_foreign_cluster_while_it_is_made(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    ward.state_path(site).write_bytes(states.of_spec(site.spec, ca="next"))
    with pytest.raises(Refused, match="state file of another cluster"):
        ward.judged(site)
    ward.renewing(site)
    assert ward.judged(site)
    ward.settle(site)
    look(site, ca="next")
    assert ward.judged(site)
    look(site, ca="theirs")
    with pytest.raises(Refused, match="another RKE1 cluster"):
        ward.judged(site)


def test_another_authority_that_was_begun_is_gone_on_with_before_anything_else(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    ward.renewing(site)
    look(site, ca="next")
    for name, about in ((CERTIFICATES, {"services": []}), (REMOVE, Leaving(("work-1",), dead=False).record())):
        with pytest.raises(Refused, match="has not come to all nodes yet") as refused:
            planned(site, name, **about)
        assert "certs rotate SPEC --rotate-ca" in refused.value.hint
    with pytest.raises(Refused, match="has not come to all nodes yet"):
        install(site)
    assert halfway(site.state) == (
        "another CA has not come to all nodes: rancher-wizard certs rotate SPEC --rotate-ca goes on with it",
    )
    plan = planned(site, AUTHORITY, services=[])
    # Of nodes with two CAs no snapshot can be taken.
    assert plan.stages[0].key == "start"
    assert plan.notes[0].startswith("Another CA was begun before")


def test_one_more_authority_is_told_as_such(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    assert "makes one more" not in " ".join(planned(site, AUTHORITY, services=[]).notes)
    ward.renewing(site)
    ward.state_path(site).write_bytes(states.of_spec(site.spec, ca="next"))
    ward.settle(site)
    look(site, ca="next")
    assert "this makes one more" in " ".join(planned(site, AUTHORITY, services=[]).notes)
    assert halfway(site.state) == ()


def test_the_administrators_certificate_is_listed_from_the_state_file_without_its_key(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    assert in_state(site) == {}  # made-up certificates are none
    record = states.record()
    pem = Path(__file__).with_name("admin.pem").read_text()
    record["desiredState"]["certificatesBundle"]["kube-admin"] = {"certificatePEM": pem, "keyPEM": "SECRET"}
    ward.state_path(site).write_text(json.dumps(record))
    ((paper,),) = in_state(site).values()
    assert paper.path.endswith("kube-admin")
    assert paper.ends > datetime(2030, 1, 1, tzinfo=UTC)
    assert "SECRET" not in repr(paper)


def test_what_is_sealed_with_a_snapshot_is_opened_into_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    spec = tmp_path / "cluster.yaml"
    spec.write_text(SPEC)
    state = tmp_path / "rancher-wizard" / "prod"
    state.mkdir(parents=True)
    Identity("0123456789abcdef", ("mgmt-1",)).save(state)
    vault = Vault.open(state)
    vault.put("token", Secret("some"))
    site = Site(load_spec(spec).spec, tmp_path, state, vault, Survey(), Identity.of(state, "mgmt-1"))
    sealed(site, "monday")
    out = tmp_path / "out"
    assert main(["rke1", "unseal", str(spec), "monday", "-o", str(out)]) == 0
    assert (out / "monday.zip").read_bytes() == b"data"
    assert [(path.stat().st_mode & 0o777) for path in (out, out / "monday.zip")] == [0o700, 0o600]
    assert main(["rke1", "unseal", str(spec), "monday", "-o", str(out)]) == 1
    assert main(["rke1", "unseal", str(spec), "tuesday", "-o", str(out)]) == 1
    assert "no snapshot of that name is here; there: monday" in capsys.readouterr().err


def test_a_running_cluster_of_rke1_is_judged_by_its_kubelets_versions_and_its_members_of_etcd(
    make_site: MakeSite,
) -> None:
    spec = make_site(SPEC).spec
    listed = [f"node={node.name} True v1.30.14 {'etcd' in node.planes}" for node in spec.nodes]
    status = json.dumps([{"Status": {"header": {"member_id": 7}, "leader": 7, "dbSize": 1 << 20, "version": "3.5.10"}}])
    members = [f"member={n}, started, etcd-mgmt-{n}, https://a:2380, https://a:2379, false" for n in (1, 2, 3)]
    server = seen(("unit=active 100", *listed, f"etcd={status}", *members, "snapshots=2 10 90 a.zip"), 1000.0)
    nodes = {
        node.name: NodeStands(node.name, node.role, server if node.role == "server" else seen(("unit=active 9",), 9.0))
        for node in spec.nodes
    }
    well = Standing(spec, 1000.0, nodes)
    assert well.problems() == ()
    assert summary(well).startswith("prod: 6 of 6 nodes Ready; etcd: 3 of 3 vote")
    newer = Standing(spec.model_copy(update={"version": "v1.31.9-rancher1-1"}), 1000.0, nodes)
    ((node, what),) = newer.problems()
    assert (node, what.partition(":")[0]) == ("", "6 nodes run v1.30.14, the spec says v1.31.9-rancher1-1")
