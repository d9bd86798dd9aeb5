"""kube-vip on the servers: its manifest, and where in the plan the address comes up."""

from pathlib import Path

import pytest
import yaml

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import ScriptedHost, site_of, work_on
from wizard import whole
from wizard.balancers.kube_vip.manifest import PATH, text
from wizard.balancers.kube_vip.steps import VipAnswers, WriteKubeVip
from wizard.errors import StepFailed
from wizard.secret import Secret
from wizard.site import Site

VIP = "10.0.0.9"


def site(folder: Path) -> Site:
    return site_of(front(kind="kube-vip", nodes=[]), folder)


def objects(manifest: str) -> dict[str, dict[str, object]]:
    return {each["kind"]: each for each in yaml.safe_load_all(manifest)}


def settings(manifest: str) -> dict[str, str]:
    found = objects(manifest)["DaemonSet"]
    container = found["spec"]["template"]["spec"]["containers"][0]  # type: ignore[index]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_the_manifest_is_a_daemon_set_of_the_servers_with_an_account_of_its_own() -> None:
    found = objects(text("# ours", VIP, interface="eth1"))
    assert list(found) == ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"]
    pod = found["DaemonSet"]["spec"]["template"]["spec"]  # type: ignore[index]
    assert pod["hostNetwork"]
    assert pod["serviceAccountName"] == found["ServiceAccount"]["metadata"]["name"]  # type: ignore[index]
    terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms == [{"matchExpressions": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]}]
    assert pod["containers"][0]["image"].startswith("ghcr.io/kube-vip/kube-vip:v")


@pytest.mark.parametrize(("address", "prefix"), [(VIP, "32"), ("fd00::9", "128")])
def test_the_address_is_announced_alone_whatever_its_family(address: str, prefix: str) -> None:
    told = settings(text("# ours", address, interface=None))
    assert (told["address"], told["vip_subnet"], told["vip_arp"], told["cp_enable"]) == (
        address,
        prefix,
        "true",
        "true",
    )
    assert told["svc_enable"] == "false"
    assert "vip_interface" not in told


def test_the_address_comes_up_with_the_first_server_and_no_other_joins_before(tmp_path: Path) -> None:
    plan = whole.plan(site(tmp_path))
    assert [stage.key for stage in plan.stages] == ["first-server", "servers", "agents", "kube-vip"]
    keys = [step.key for step in plan.stages[0].steps]
    assert keys.index("kube-vip") < keys.index("start") < keys.index("ready") < keys.index("vip-answers")
    assert PATH in [file.path for file in plan.files("cp-1")]
    assert PATH not in [file.path for file in plan.files("w-1")]


def test_a_spec_without_kube_vip_has_nothing_of_it(tmp_path: Path) -> None:
    assert not any(
        "kube-vip" in step.key for stage in whole.plan(site_of(front(), tmp_path)).stages for step in stage.steps
    )


async def test_an_address_that_does_not_answer_names_what_to_look_at(tmp_path: Path) -> None:
    here = site(tmp_path)
    step = VipAnswers(here, WriteKubeVip(here))
    silent = ScriptedHost("cp-1", {"seen_ca": [["unreachable curl: (7)"]]})
    with pytest.raises(StepFailed, match=r"10\.0\.0\.9:9345 does not answer") as failed:
        await step.carry_out(work_on("cp-1", {"cp-1": silent}))
    assert "app.kubernetes.io/name=kube-vip" in failed.value.hint
    here.vault.put("ca-hash", Secret("a" * 64))
    other = ScriptedHost("cp-1", {"seen_ca": [["ca " + "b" * 64]]})
    with pytest.raises(StepFailed, match=r"another cluster answers at 10\.0\.0\.9"):
        await step.carry_out(work_on("cp-1", {"cp-1": other}))


def test_balancers_come_before_the_servers_and_nodes_leave_the_pools_for_a_restart(tmp_path: Path) -> None:
    plan = whole.plan(site_of(front(), tmp_path))
    assert [stage.key for stage in plan.stages] == ["balancers", "first-server", "servers", "agents"]
    assert plan.stages[0].nodes == ("lb-1", "lb-2")
    assert [step.key for step in plan.stages[0].steps] == [
        "reach", "vip-free", "haproxy-package", "haproxy-conf", "keepalived-package", "keepalived-conf", "vip-carried"
    ]  # fmt: skip
    assert "leave-pool" in [step.key for step in plan.stages[2].steps]
    assert "leave-pool" in [step.key for step in plan.stages[3].steps]


def test_the_balancers_alone_are_a_plan_of_their_own(tmp_path: Path) -> None:
    plan = whole.plan(site_of(front(), tmp_path), only="balancer")
    assert [stage.key for stage in plan.stages] == ["balancers"]
    assert whole.names(front(), only="balancer") == ("lb-1", "lb-2")
    assert set(whole.names(front())) == {"lb-1", "lb-2", "cp-1", "cp-2", "cp-3", "w-1", "w-2"}
