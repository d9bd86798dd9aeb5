"""Nodes that go by the system-upgrade-controller: the stages, what is read of its work, and its own objects."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.bundle.releases import release_files
from tests.unit.bundle.site import digest_of, given_image, write_signed
from tests.unit.rke2.conftest import MakeSite
from tests.unit.upgrade.test_plan import ALL, running, to
from wizard.bundle.contents.upgrade_controller import MANIFESTS
from wizard.bundle.contents.wanted import wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.manifest import Entry
from wizard.errors import WizardError
from wizard.profiles import profile
from wizard.site import Site
from wizard.upgrade.controller.manifest import manifests, split
from wizard.upgrade.controller.seen import read_seen
from wizard.upgrade.plan import upgrade

ASKED = "upgrade: {by: controller%s}\n"
OBJECTS: list[dict[str, Any]] = [
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "system-upgrade-controller"}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "default-controller-env"}, "data": {"A": "1"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "system-upgrade"}},
    {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "plans"}},
]


def stages(make_site: MakeSite, extra: str, *, target: str = "v1.34.9+rke2r1") -> dict[str, list[str]]:
    site = running(to(make_site, target, extra=extra), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    return {stage.key: [step.key for step in stage.steps] for stage in upgrade(site).stages}


def test_each_hop_has_its_snapshot_first_then_the_plans_then_the_nodes(make_site: MakeSite) -> None:
    found = stages(make_site, ASKED % "", target="v1.35.6+rke2r1")
    assert list(found) == [
        *("snapshot-1.34.9-rke2r1", "controller-1.34.9-rke2r1", "servers-1.34.9-rke2r1", "agents-1.34.9-rke2r1"),
        *("snapshot-1.35.6-rke2r1", "controller-1.35.6-rke2r1", "servers-1.35.6-rke2r1", "agents-1.35.6-rke2r1"),
        *("plans-away", "credentials"),
    ]


def test_the_states_of_a_node_are_those_of_the_way_over_ssh(make_site: MakeSite) -> None:
    found, ssh = stages(make_site, ASKED % ""), stages(make_site, "")
    servers, agents = found["servers-1.34.9-rke2r1"], found["agents-1.34.9-rke2r1"]
    assert servers == ["quorum-before", "handover", "drain", "install", "ready", "quorum-after", "uncordon"]
    assert agents == ["handover", "drain", "install", "ready", "uncordon"]
    for ours, theirs in ((servers, ssh["servers-1.34.9-rke2r1"]), (agents, ssh["agents-1.34.9-rke2r1"])):
        shared = [key for key in ours if key != "handover"]
        assert shared == [key for key in theirs if key in shared]


def test_batches_pace_and_hours_are_those_of_the_spec(make_site: MakeSite) -> None:
    extra = ASKED % ", hours: 22:00-05:00" + "rollout: {workers: {canary: 1, soak_s: 60, max_failed: 0}}\n"
    site = running(to(make_site, "v1.34.9+rke2r1", extra=extra), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    by_key = {stage.key: stage for stage in upgrade(site).stages}
    agents = by_key["agents-1.34.9-rke2r1"]
    assert (agents.batches, agents.canary, agents.soak_s, agents.max_failed) == ((("w-1",), ("w-2",)), 1, 60, 0)
    assert agents.hours is not None
    assert by_key["servers-1.34.9-rke2r1"].batches == (("cp-1",), ("cp-2",), ("cp-3",))


def test_without_a_drain_nothing_is_cordoned_nor_given_back(make_site: MakeSite) -> None:
    assert stages(make_site, ASKED % ", drain: none")["agents-1.34.9-rke2r1"] == ["handover", "install", "ready"]


def test_without_a_registry_the_images_are_sent_before(make_site: MakeSite) -> None:
    found = stages(make_site, ASKED % "" + "source: {kind: folder, path: releases}\n")
    assert found["agents-1.34.9-rke2r1"][:4] == ["reach", "claim", "artifacts", "handover"]


def test_out_of_a_bundle_every_node_has_its_images_before_the_plans_are_made(
    make_site: MakeSite, tmp_path: Path
) -> None:
    known, target = profile("rke2/controller"), "v1.34.9+rke2r1"
    images = (
        f"{known['image']}:{known['version']}",
        known["kubectl_image"],
        f"{known['upgrade_image']}:v1.34.9-rke2r1",
    )
    given = [each for name in images for each in given_image(f"docker.io/{name}")]
    given += [upgrade_file(f"upgrade-controller/{known['version']}/{name}") for name in MANIFESTS]
    given += release_files(target)
    made = write_signed(tmp_path, *given)
    extra = ASKED % "" + f"source: {{kind: bundle, path: {made.path}, key: {made.key}}}\n"
    site = running(to(make_site, target, extra=extra), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    plan = upgrade(site)
    by_key = {stage.key: stage for stage in plan.stages}
    keys = list(by_key)
    assert by_key["controller-1.34.9-rke2r1-images"].nodes == ALL
    assert keys.index("controller-1.34.9-rke2r1-images") < keys.index("controller-1.34.9-rke2r1")
    assert any("come out of the bundle to every node" in note for note in plan.notes)
    mirrored = "registries: {mirrors: {docker.io: {endpoint: ['https://reg.lan:5000']}}}\n"
    assert "controller-1.34.9-rke2r1-images" not in stages(make_site, extra + mirrored, target=target)


def upgrade_file(name: str) -> tuple[Entry, bytes]:
    data = yaml.safe_dump_all(OBJECTS).encode() + f"# {name}\n".encode()
    return Entry(kind="file", name=name, sha256=digest_of(data), source="x"), data


def test_a_server_leaves_the_balancers_pools_before_it_is_handed_over(make_site: MakeSite) -> None:
    balancer = "balancer: {kind: haproxy, nodes: [{name: lb-1, address: 10.0.0.101}]}\n"
    keys = stages(make_site, ASKED % "" + balancer)["servers-1.34.9-rke2r1"]
    assert keys.index("leave-pool") == keys.index("handover") - 1
    assert keys.index("enter-pool") == keys.index("ready") + 1


def test_the_plan_shows_what_the_cluster_will_be_given(make_site: MakeSite) -> None:
    site = running(to(make_site, "v1.34.9+rke2r1", extra=ASKED % ""), dict.fromkeys(ALL, "v1.33.10+rke2r3"))
    plan = upgrade(site)
    (file,) = plan.files("cp-1")
    assert [each["metadata"]["name"] for each in yaml.safe_load_all(file.shown)] == [
        "rancher-wizard-servers",
        "rancher-wizard-agents",
    ]
    assert any("changes RKE2's program alone" in note for note in plan.notes)


def test_what_a_server_tells_is_read_and_what_is_not_such_a_line_is_passed_over() -> None:
    seen = read_seen(
        [
            "node|w-1|true|v1.34.9+rke2r1|True|v1.34.9-rke2r1|before||abc",
            "node|w-2||v1.33.1+rke2r1|Unknown|v1.34.9-rke2r1|||",
            "plan|rancher-wizard-agents|v1.34.9-rke2r1|abc|True|",
            "plan|rancher-wizard-servers|v1.34.9-rke2r1|def|False|bad | window",
            "job|apply-w-1|w-1|v1.34.9-rke2r1|True|| ",
            "job|apply-w-2|w-2|v1.34.9-rke2r1||True|BackoffLimitExceeded it | failed",
            "pod|x-1|w-2|v1.34.9-rke2r1|prepare=0,,;drain=1,,;upgrade=,,PodInitializing;",
            "pod|x-2|w-2|v1.34.9-rke2r1|prepare=0,,;drain=,2026-01-01T00:00:00Z,;upgrade=,,PodInitializing;",
            "pod|x-3|w-3|v1.34.9-rke2r1|drain=,,ImagePullBackOff;upgrade=,,PodInitializing;",
            "job|short",
            "what a shell says | beside",
            "",
        ]
    )
    assert (seen.nodes["w-1"].cordoned, seen.nodes["w-1"].was_cordoned, seen.nodes["w-1"].done) == (
        True,
        True,
        frozenset({"abc"}),
    )
    assert (seen.nodes["w-2"].ready, seen.nodes["w-2"].done) == (False, frozenset())
    assert (seen.plans["rancher-wizard-agents"].hash, seen.plans["rancher-wizard-agents"].refused) == ("abc", "")
    assert seen.plans["rancher-wizard-servers"].refused == "bad | window"
    assert seen.jobs["w-1", "v1.34.9-rke2r1"].complete
    assert seen.jobs["w-2", "v1.34.9-rke2r1"].failed == "BackoffLimitExceeded it | failed"
    assert seen.ended("w-2", "v1.34.9-rke2r1", "drain") == [1]
    assert seen.doing("w-2", "v1.34.9-rke2r1") == "drain runs"
    assert seen.doing("w-3", "v1.34.9-rke2r1") == "drain waits: ImagePullBackOff"
    assert seen.doing("w-9", "v1.34.9-rke2r1") == "its pod is not there yet"


def given(make_site: MakeSite, folder: Path, text: str) -> Site:
    (folder / "controller.yaml").write_text(text)
    return make_site(extra=ASKED % ", controller: [controller.yaml]")


def test_images_that_are_on_the_nodes_are_not_pulled_again_and_definitions_come_first(
    make_site: MakeSite, tmp_path: Path
) -> None:
    found = manifests(given(make_site, tmp_path, yaml.safe_dump_all(OBJECTS)))
    (environment,) = (each["data"] for each in found if each["kind"] == "ConfigMap")
    assert environment == {"A": "1", "SYSTEM_UPGRADE_JOB_IMAGE_PULL_POLICY": "IfNotPresent"}
    (deployment,) = (each for each in found if each["kind"] == "Deployment")
    assert deployment["spec"]["template"]["metadata"]["annotations"].keys() == {"rancher-wizard/environment"}
    definitions, rest = split(found)
    assert [each["kind"] for each in definitions] == ["CustomResourceDefinition"]
    assert [each["kind"] for each in rest][0] == "Namespace"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "not YAML"),
        ("just words", "no object of Kubernetes"),
        (yaml.safe_dump_all(OBJECTS[1:]), "no Deployment system-upgrade-controller"),
        (yaml.safe_dump({"kind": "Deployment", "apiVersion": "v1", "metadata": "x"}), "no object of Kubernetes"),
    ],
)
def test_a_file_that_brings_no_controller_is_refused_before_anything_is_begun(
    make_site: MakeSite, tmp_path: Path, text: str, said: str
) -> None:
    site = given(make_site, tmp_path, text)
    with pytest.raises(WizardError, match=said) as caught:
        upgrade(running(site, dict.fromkeys(ALL, "v1.33.10+rke2r3")))
    assert caught.value.hint


def test_a_file_that_is_not_there_is_named(make_site: MakeSite) -> None:
    with pytest.raises(WizardError, match=r"nowhere\.yaml: No such file"):
        manifests(make_site(extra=ASKED % ", controller: [nowhere.yaml]"))


def test_a_bundle_brings_its_manifests_and_images_only_where_it_is_used(make_site: MakeSite) -> None:
    asked, not_asked = (wanted(Wish.of(make_site(extra=extra).spec)).artifacts for extra in (ASKED % "", ""))
    more = {each.name: each for each in asked} | {}
    for each in not_asked:
        more.pop(each.name)
    assert set(more) == {
        "upgrade-controller/v0.20.1/crd.yaml",
        "upgrade-controller/v0.20.1/system-upgrade-controller.yaml",
        "docker.io/rancher/system-upgrade-controller:v0.20.1",
        "docker.io/rancher/kubectl:v1.30.3",
        "docker.io/rancher/rke2-upgrade:v1.34.2-rke2r1",
    }
    assert all(each.licence == "Apache-2.0" for each in more.values())
