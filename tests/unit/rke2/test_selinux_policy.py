"""SELinux's rules for RKE2 reach the nodes that enforce it, out of a bundle or a folder, before RKE2 starts."""

import struct
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
from wizard.upgrade.plan import node_steps

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


def rpm(name: str, version: str) -> bytes:
    """An RPM that says its name, version and release, and nothing else."""
    store = b"".join(f"{text}\0".encode() for text in (name, version, "1"))
    starts = (0, len(name) + 1, len(name) + len(version) + 2)
    index = b"".join(struct.pack(">4i", 1000 + number, 6, start, 1) for number, start in enumerate(starts))
    return LEAD + MAGIC + bytes(12) + MAGIC + struct.pack(">4xii", len(starts), len(store)) + index + store


@pytest.mark.parametrize(
    ("there", "carried", "outcome", "then"),
    [
        ("0:0.17-1", "0.18", "done", "0:0.18-1"),
        ("0:0.18-1", "0.18", "unchanged", "0:0.18-1"),
        ("0:0.19-1.el9", "0.18", "unchanged", "0:0.19-1.el9"),
        ("0:0.9-1", "0.18", "done", "0:0.18-1"),
        ("0:0.17-1", "", "unchanged", "0:0.17-1"),
        ("", "0.18", "done", "0:0.18-1"),
        ("", "", "unchanged", None),
    ],
)
async def test_an_upgrade_renews_older_rules_by_those_of_the_source(
    simulated: Simulated, make_site: MakeSite, tmp_path: Path, there: str, carried: str, outcome: str, then: str | None
) -> None:
    site = make_site("security: {selinux: true}\n")
    both = ((name, rpm(name, carried)) for name in ("container-selinux", "rke2-selinux") if carried)
    files = [entry(f"rhel-9/{name}/{name}-{carried}-1.rpm", data) for name, data in both]
    source = write_signed(tmp_path, *(files or [entry("rhel-9/tar/tar-1.rpm", RPM)]))
    site = replace(site, spec=site.spec.model_copy(update={"source": source}))
    said: list[str] = []
    node = simulated.site.nodes[enforcing(simulated)]
    node.packages |= {"rke2-selinux": there} if there else {}
    work = work_on(simulated, node.name, said)
    if there:
        assert await SelinuxPolicy(site).carry_out(work) == "unchanged", "only an upgrade renews them"
    assert await SelinuxPolicy(site, renew=True).carry_out(work) == outcome
    assert node.packages.get("rke2-selinux") == then
    assert (f"rke2-selinux: {there} -> {then}" in said) is (bool(there) and outcome == "done")
    assert await SelinuxPolicy(site, renew=True).carry_out(work) == "unchanged"


@pytest.mark.parametrize(("back", "there"), [(False, True), (True, False)])
def test_an_upgrade_does_so_before_the_release_and_a_way_back_leaves_them(
    make_site: MakeSite, back: bool, there: bool
) -> None:
    site = make_site("security: {selinux: true}\nsource: {kind: bundle, path: x}\n")
    keys = [step.key for step in node_steps(site, None, "agent", drain=True, back=back)]
    assert ("selinux-policy" in keys) is there
    if there:
        assert keys.index("drain") < keys.index("selinux-policy") < keys.index("install")


@pytest.mark.parametrize(
    ("facts", "settled"),
    [
        (ENFORCING, False),
        ((*ENFORCING, "x.rke2.policy=0:0.17-1"), True),
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
