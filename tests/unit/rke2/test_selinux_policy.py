"""SELinux's rules for RKE2 reach the nodes that enforce it, out of a bundle or a folder, before RKE2 starts."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.bundle.site import write_signed
from tests.unit.bundle.test_onto_node import entry
from tests.unit.bundle.test_rpm import LEAD, MAGIC
from tests.unit.checks.specs import spec
from tests.unit.rke2.conftest import MakeSite
from tests.unit.simulator.simulated import Simulated
from wizard.checks.known import CHECKS
from wizard.distros.rke2.install import prepare
from wizard.distros.rke2.selinux_policy import SelinuxPolicy
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts, read_facts
from wizard.rollout.step import Survey, Work
from wizard.site import Site

RPM = LEAD + 2 * (MAGIC + bytes(12))
"""An RPM that says nothing of itself."""
ENFORCING = ("selinux=enforcing", "os_id=rocky", "os_version=9.4")
RPMS = ("rhel-9/container-selinux/container-selinux-2.rpm", "rhel-9/rke2-selinux/rke2-selinux-0.18.rpm")


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[Simulated]:
    """Four nodes, of which some enforce SELinux."""
    made = await Simulated(tmp_path / "simulated").open()
    yield made
    await made.close()


def work_on(simulated: Simulated, node: str, said: list[str]) -> Work:
    return Work(node, simulated.host(node), simulated.host, lambda percent, doing: None, said.append)


def enforcing(simulated: Simulated) -> str:
    """Make a node one that enforces SELinux."""
    node = simulated.site.nodes["cp-1"]
    node.hardware = replace(node.hardware, selinux="enforcing", os=("rocky", "9.5", "Rocky Linux 9.5"))
    return node.name


def bundled(make_site: MakeSite, folder: Path, *names: str) -> Site:
    site = make_site("security: {selinux: true}\n")
    source = write_signed(folder, *(entry(name, RPM + name.encode()) for name in names))
    return replace(site, spec=site.spec.model_copy(update={"source": source}))


async def test_a_node_that_enforces_it_gets_them_once(
    simulated: Simulated, make_site: MakeSite, tmp_path: Path
) -> None:
    said: list[str] = []
    step, work = SelinuxPolicy(bundled(make_site, tmp_path, *RPMS)), work_on(simulated, enforcing(simulated), said)
    assert await step.carry_out(work) == "done"
    assert "run=dnf -q -y install rke2-selinux" in said
    assert await step.carry_out(work) == "unchanged"


async def test_where_the_source_has_none_it_says_what_is_missing_and_for_what(
    simulated: Simulated, make_site: MakeSite, tmp_path: Path
) -> None:
    step = SelinuxPolicy(bundled(make_site, tmp_path, RPMS[0]))
    with pytest.raises(StepFailed, match=r"no container-selinux and rke2-selinux for Rocky Linux 9\.5") as failed:
        await step.carry_out(work_on(simulated, enforcing(simulated), []))
    assert "--os" in failed.value.hint


@pytest.mark.parametrize(
    ("facts", "settled"),
    [
        (ENFORCING, False),
        ((*ENFORCING, "x.rke2.policy=yes"), True),
        (("selinux=permissive",), True),
        (("selinux=disabled",), True),
    ],
)
def test_others_are_left_alone(make_site: MakeSite, facts: Iterable[str], settled: bool) -> None:
    survey = Survey()
    survey.learn("cp-1", read_facts(facts))
    assert SelinuxPolicy(make_site()).settled("cp-1", survey) is settled
    assert not SelinuxPolicy(make_site()).settled("cp-1", Survey())


@pytest.mark.parametrize(
    ("wanted", "kind", "there"),
    [(True, "bundle", True), (True, "folder", True), (True, "online", False), (False, "bundle", False)],
)
def test_it_is_done_before_rke2_where_no_packages_of_its_own_bring_them(
    make_site: MakeSite, wanted: bool, kind: str, there: bool
) -> None:
    source = {"kind": kind} | ({} if kind == "online" else {"path": "x"})
    site = make_site(f"security: {{selinux: {str(wanted).lower()}}}\nsource: {source}\n")
    assert ("selinux-policy" in [step.key for step in prepare(site, "agent")]) is there


def judged(source: dict[str, str], *lines: str, system: str = "rocky") -> tuple[str, str]:
    """Return what the check says of a node that enforces SELinux."""
    (check,) = (each for each in CHECKS if each.id == "security.selinux")
    facts: Facts = read_facts(("selinux=enforcing", f"os_id={system}", "os_version=9.4", *lines))
    finding = check.judge(spec(source=source, security={"selinux": True}), {"cp-1": facts})["cp-1"]
    return finding.verdict, finding.saw


def test_the_check_refuses_only_where_nobody_will_bring_them() -> None:
    bundle = {"kind": "bundle", "path": "site.rwb"}
    carried = [f"x.carried={name.rpartition('/')[0]}" for name in RPMS]
    assert judged(bundle, *carried) == ("ok", "enforcing; rke2-selinux comes out of the source with RKE2")
    assert judged(bundle, carried[0]) == ("fail", "enforcing, without the package rke2-selinux")
    assert judged({"kind": "online"})[0] == "ok"
    assert judged({"kind": "online"}, system="sles")[0] == "fail"
