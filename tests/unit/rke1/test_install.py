"""What is planned for an RKE1 cluster, from its spec, the facts of its nodes, and its state file."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.rke1 import states
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.designs import MEDIUM
from wizard.bundle.format.manifest import Entry
from wizard.distros.rke1 import ward
from wizard.distros.rke1.binary import binary
from wizard.distros.rke1.claim import Claim
from wizard.distros.rke1.install import install
from wizard.distros.rke1.state import MARK
from wizard.errors import Refused, WizardError
from wizard.hosts.facts import read_facts
from wizard.site import Site, sha256

SPEC = MEDIUM + "prepare: {modules: false, sysctl: false, networkmanager: false}\n"
CONTROL = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
PHASES = ["start", "etcd", "controlplane", "worker", "addons"]


def look(site: Site, *, without: Iterable[str] = (), ca: str = "ours", version: str = "v1.30.14") -> None:
    """Let every node answer as one of a cluster that is up, but those of `without`, which run nothing."""
    nodes = [f"x.rke1.node={node.name} True {version} " for node in site.spec.nodes]
    mark = Claim(site).files("")[0]
    for node in site.spec.nodes:
        names = (*(CONTROL if "etcd" in node.planes else ()), "kubelet", "kube-proxy")
        runs = [] if node.name in without else [f"x.rke1.container={name} image Up 3 hours" for name in names]
        own = nodes if "controlplane" in node.planes and node.name not in without else []
        lines = ["x.rke1.docker=27.5.1", f"x.rke1.ca={_ca(ca)}", *runs, *own]
        lines.append(f"file={mark.sha256} 644 root:root 1 {MARK}")
        site.survey.learn(node.name, read_facts(lines))


def _ca(name: str) -> str:
    return sha256("".join(line for line in states.certificate(name).splitlines() if "-----" not in line))


def up(site: Site) -> Site:
    """Let the site be one whose cluster is up."""
    ward.folder(site).mkdir(exist_ok=True)
    ward.state_path(site).write_bytes(states.text(nodes=6))
    ward.settle(site)
    text = ward.real(site)
    assert text is not None
    (ward.folder(site) / "cluster.yml").write_text(text.reveal())
    ward.note_applied(site)
    look(site)
    return site


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
        ("source: {kind: bundle, path: site.rwb}\n", ["docker", "images", "cluster-yml", *PHASES]),
        (
            "source: {kind: bundle, path: site.rwb}\nregistries: {system_default_registry: 'reg.lan:5000'}\n",
            ["docker", "cluster-yml", *PHASES],
        ),
        ("source: {kind: folder, path: files}\n", ["docker", "cluster-yml", *PHASES]),
    ],
    ids=["bundle", "bundle and registry", "folder"],
)
def test_images_come_out_of_a_bundle_unless_a_registry_of_the_site_has_them(
    make_site: MakeSite, more: str, stages: list[str]
) -> None:
    assert keys(make_site(SPEC + more)) == stages


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
