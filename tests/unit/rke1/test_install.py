"""What is planned for an RKE1 cluster, from its spec, the facts of its nodes, and its state file."""

import shlex
from pathlib import Path

import pytest

from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.rke1.bundled import bundle_of_images
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.living import SPEC, look, up
from wizard.bundle.format.manifest import Entry
from wizard.distros.rke1 import ward
from wizard.distros.rke1.binary import binary
from wizard.distros.rke1.install import install, prober
from wizard.errors import BadSpec, Refused, WizardError
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.site import Site

PHASES = ["start", "etcd", "controlplane", "worker", "addons"]


def keys(site: Site) -> list[str]:
    return [stage.key for stage in install(site).stages]


def test_a_new_cluster_goes_through_all_phases_of_rke(make_site: MakeSite) -> None:
    plan = install(make_site(SPEC))
    assert [stage.key for stage in plan.stages] == ["docker", "cluster-yml", *PHASES]
    by_key = {stage.key: stage.nodes for stage in plan.stages}
    assert by_key["etcd"] == ("mgmt-1", "mgmt-2", "mgmt-3")
    assert len(by_key["worker"]) == 6
    assert any("host keys" in note for note in plan.notes)
    assert "end of life" in plan.notice
    assert not any("end of life" in note for note in plan.notes)


def test_a_cluster_that_is_up_asks_for_nothing(make_site: MakeSite) -> None:
    plan = install(up(make_site(SPEC)))
    assert plan.empty
    assert len(plan.settled) == 6


def test_a_node_that_is_not_up_is_followed_alone(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    look(site, without=["work-2"])
    plan = install(site)
    assert {stage.key: stage.nodes for stage in plan.stages}["worker"] == ("work-2",)
    assert "etcd" not in keys(site)


def test_another_version_takes_a_snapshot_first_and_goes_through_all_nodes(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    newer = make_site(SPEC.replace("v1.30.14", "v1.31.14"))
    newer.survey.facts.update(site.survey.facts)
    plan = install(newer)
    found = [stage.key for stage in plan.stages]
    assert found.index("snapshot") < found.index("start")
    assert len({stage.key: stage.nodes for stage in plan.stages}["worker"]) == 6
    assert any("v1.30.14-rancher1-1 to v1.31.14-rancher1-1" in note for note in plan.notes)
    # The cluster.yml of its time is sealed with the snapshot.
    assert found.index("snapshot") < found.index("cluster-yml")


def test_nothing_is_planned_without_the_state_file_of_a_living_cluster(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    ward.state_path(site).unlink()
    with pytest.raises(Refused, match="is missing, and RKE1 has run on"):
        install(site)
    ward.restore(site, ward.treasury(site).named(""))
    assert install(site).empty


def test_nodes_of_another_cluster_are_refused(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    look(site, ca="theirs")
    with pytest.raises(Refused, match="certificates of another RKE1 cluster"):
        install(site)


@pytest.mark.parametrize(
    ("more", "stages"),
    [
        ("", ["docker", "images", "cluster-yml", *PHASES]),
        ("registries: {system_default_registry: 'reg.lan:5000'}\n", ["docker", "cluster-yml", *PHASES]),
    ],
    ids=["bundle", "bundle and registry"],
)
def test_images_come_out_of_a_bundle_unless_a_registry_of_the_site_has_them(
    make_site: MakeSite, tmp_path: Path, more: str, stages: list[str]
) -> None:
    assert keys(make_site(SPEC + bundle_of_images(tmp_path) + more)) == stages


def test_images_are_handed_on_from_node_to_node_before_any_is_loaded(make_site: MakeSite, tmp_path: Path) -> None:
    source = bundle_of_images(tmp_path).replace("kind: bundle", "kind: bundle, spread: fan-out")
    plan = install(make_site(SPEC + source))
    assert [stage.key for stage in plan.stages][:3] == ["docker", "spread", "images"]
    by_key = {stage.key: stage for stage in plan.stages}
    assert len(by_key["spread"].nodes) == len(by_key["images"].nodes) == 6


def test_an_image_that_the_bundle_lacks_is_named_before_anything_is_done(make_site: MakeSite, tmp_path: Path) -> None:
    source = bundle_of_images(tmp_path, without="kubernetes")
    with pytest.raises(WizardError, match=r"site\.rwb: docker\.io/rancher/kubernetes:v1 is not in it"):
        install(make_site(SPEC + source))


def test_rke_is_taken_out_of_the_bundle_and_anew_where_it_was_changed(make_site: MakeSite, tmp_path: Path) -> None:
    rke = b"#!/bin/sh\n"
    name = "rke1/v1.8.14/rke_linux-amd64"
    entry = Entry(kind="file", name=name, sha256=digest_of(rke), source="https://example.test", arch="amd64")
    source = write_signed(tmp_path, (entry, rke))
    site = make_site(SPEC + f"source: {{kind: bundle, path: {source.path}, key: {source.key}}}\n")
    place = binary(site)
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (rke, 0o700)
    place.write_bytes(b"another")
    assert binary(site).read_bytes() == rke


def test_a_bundle_without_rke_is_told(make_site: MakeSite, tmp_path: Path) -> None:
    source = write_signed(tmp_path)
    site = make_site(SPEC + f"source: {{kind: bundle, path: {source.path}, key: {source.key}}}\n")
    with pytest.raises(WizardError, match=r"site\.rwb: rke1/v1\.8\.14/rke_linux-amd64 is not in it"):
        binary(site)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("name: work-1", "roles: [etcd, worker], name: work-1", "work-1 is worker in the cluster, and etcd, worker"),
        ("address: 10.0.0.21", "address: 10.0.0.99", "work-1 is at 10.0.0.21 in the cluster, and at 10.0.0.99"),
        ("name: work-1, address: 10.0.0.21", "name: other, address: 10.0.0.99", "in the cluster and not in the spec"),
        ("v1.30.14", "v1.32.5", "minors would be left out"),
        ("v1.30.14", "v1.29.15", "no upgrade to an older version"),
    ],
)
def test_what_rke_would_do_to_the_clusters_harm_is_refused(
    make_site: MakeSite, before: str, after: str, words: str
) -> None:
    site = up(make_site(SPEC))
    text = SPEC.replace(before, after)
    if "roles" in after:
        text = text.replace("address: 10.0.0.21, role: agent", "address: 10.0.0.21, role: server")
    changed = make_site(text)
    changed.survey.facts.update(site.survey.facts)
    with pytest.raises(Refused, match=words):
        install(changed)


def test_a_member_joins_etcd_only_where_those_that_are_there_carry_it(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    grown = make_site(SPEC.replace("nodes:\n", "nodes:\n  - {name: mgmt-4, address: 10.0.0.14, role: server}\n"))
    grown.survey.facts.update(site.survey.facts)
    assert "etcd" in [stage.key for stage in install(grown).stages]
    look(site, without=["mgmt-3"])
    grown.survey.facts.update(site.survey.facts)
    with pytest.raises(Refused, match=r"mgmt-4 can not join etcd: 2 of 3 members run.*not well: mgmt-3"):
        install(grown)


def test_what_changes_in_an_own_cluster_yml_is_shown_line_by_line_without_a_secret(
    make_site: MakeSite, tmp_path: Path
) -> None:
    own = tmp_path / "mine.yml"
    plain = make_site(SPEC)
    text = ward.real(plain)
    assert text is not None
    own.write_text(
        text.reveal().replace("v1.30.14-rancher1-1", "v1.29.15-rancher1-1  # ours")
        + "private_registries:\n- {url: reg.lan, user: me, password: hunter2}\n"
    )
    notes = install(make_site(SPEC + f"rke1: {{cluster_yml: {own}}}\n")).notes
    shown = "\n".join(notes)
    assert "-kubernetes_version: v1.29.15-rancher1-1  # ours" in notes
    assert "+kubernetes_version: v1.30.14-rancher1-1  # ours" in notes
    assert "hunter2" not in shown


def test_an_own_cluster_yml_that_is_not_there_is_told_before_anything_is_planned(make_site: MakeSite) -> None:
    with pytest.raises(BadSpec, match=r"mine\.yml: No such file or directory") as refused:
        install(make_site(SPEC + "rke1: {cluster_yml: mine.yml}\n"))
    assert "rke1.cluster_yml" in refused.value.hint


async def test_docker_is_asked_on_the_socket_that_the_spec_names_for_a_node(make_site: MakeSite) -> None:
    text = SPEC.replace("name: work-1,", "name: work-1, docker_socket: /run/user/'1/docker.sock,")
    asked: dict[str, str] = {}

    class Node:
        def __init__(self, name: str) -> None:
            self.name = name

        async def run(self, script: Script, *args: str, **more: object) -> Result:
            asked[self.name] = script.text
            return Result(0, ("os=linux",))

    for name in ("work-1", "work-2"):
        await prober(make_site(text).spec)(Node(name))  # type: ignore[arg-type]
    quoted = shlex.quote("unix:///run/user/'1/docker.sock")
    assert f"export DOCKER_HOST={quoted}\n" in asked["work-1"]
    assert "DOCKER_HOST" not in asked["work-2"]
