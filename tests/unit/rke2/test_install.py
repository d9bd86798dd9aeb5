from dataclasses import replace

import pytest

from tests.unit.rke2.conftest import facts_of
from wizard.checks.cluster.voters import tells_voters
from wizard.distros.prepare.firewall import lets_in
from wizard.distros.prepare.swap import SwapOff
from wizard.distros.rke2.config import CA_HASH, seal
from wizard.distros.rke2.install import install
from wizard.distros.rke2.needs import SYSCTL_PATH
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.state import CONFIG, KUBECONFIG, read_state
from wizard.rollout.step import Survey
from wizard.site import Identity

KNOWN = {"server-token": "S" * 40, "agent-token": "A" * 40, CA_HASH: "c" * 64}
ROWS = [f"x.rke2.node=cp-{n} True v1.34.2+rke2r1 True" for n in (1, 2, 3)]
ROWS += [f"x.rke2.node=w-{n} True v1.34.2+rke2r1 " for n in (1, 2)]


def running(site, name, *, without=(), started=2000):
    """The facts of a node on which all is as the spec wants it."""
    node = site.spec.node(name)
    lines = ["module=br_netfilter", "module=overlay"]
    for stage in install(replace(site, survey=Survey())).stages:
        for step in stage.steps:
            for file in step.files(name) if name in stage.nodes else ():
                lines.append(f"file={file.sha256} {file.mode:o} root:root 1000 {file.path}")
    lines += [
        f"x.rke2.version={site.spec.version}",
        f"x.rke2.marker={site.marker}",
        f"x.rke2.ca={'c' * 64}",
        f"x.rke2.unit.{node.role}=active enabled {started}",
    ]
    if node.role == "server":
        lines += ["x.rke2.etcd=yes"]
        lines += [f"file={'b' * 64} 600 root:root 1000 {KUBECONFIG}", *ROWS]
    return facts_of(line for line in lines if not any(part in line for part in without))


def finished(site):
    facts = {node.name: running(site, node.name) for node in site.spec.nodes}
    stamp = f"# made from {KUBECONFIG}, sha256 {'b' * 64}, for {site.spec.registration_address}"
    (site.state / "kubeconfig").write_text(stamp + "\n")
    for name, each in facts.items():
        site.survey.learn(name, each)
    return site


def test_a_bare_site_gets_first_server_then_servers_one_by_one_then_agents_in_batches(make_site):
    plan = install(make_site())
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("first-server", (("cp-1",),)),
        ("servers", (("cp-2",), ("cp-3",))),
        ("agents", (("w-1",), ("w-2",))),
    ]
    assert not plan.settled


def test_nothing_is_to_be_done_on_a_finished_cluster(make_site):
    plan = install(finished(make_site(secrets=KNOWN)))
    assert plan.empty, [(stage.key, stage.nodes) for stage in plan.stages]
    assert len(plan.settled) == 5


@pytest.mark.parametrize(
    ("version", "tells"),
    [
        ("v1.34.2+rke2r1", True),
        ("v1.29.0+rke2r1", True),
        ("v1.28.4+rke2r1", True),
        ("v1.28.3+rke2r2", False),
        ("v1.27.8+rke2r1", True),
        ("v1.27.7+rke2r1", False),
        ("v1.25.16+rke2r1", True),
        ("v1.24.17+rke2r1", False),
        ("v1.20.6+rke2r1", False),
        ("", False),
    ],
)
def test_nobody_waits_for_a_vote_that_the_release_does_not_tell_of(version, tells):
    assert tells_voters(version) == tells


def test_a_server_of_an_older_release_is_ready_without_a_word_on_its_vote(make_site):
    site = make_site(secrets=KNOWN)
    assert not Ready(site).settled("cp-1", Survey({"cp-1": facts_of(["x.rke2.node=cp-1 True v1.34.2+rke2r1 "])}))
    old = replace(site, spec=site.spec.model_copy(update={"version": "v1.27.7+rke2r1"}))
    assert Ready(old).settled("cp-1", Survey({"cp-1": facts_of(["x.rke2.node=cp-1 True v1.27.7+rke2r1 "])}))


def test_one_more_agent_touches_that_agent_alone(make_site):
    site = finished(make_site(secrets=KNOWN))
    more = make_site(
        nodes="""nodes:
  - {name: cp-1, address: 10.0.0.11, role: server, zone: a}
  - {name: cp-2, address: 10.0.0.12, role: server, zone: b}
  - {name: cp-3, address: 10.0.0.13, role: server, zone: c}
  - {name: w-1, address: 10.0.0.21, role: agent, zone: a, labels: {disk: ssd}, taints: ["gpu=true:NoSchedule"]}
  - {name: w-2, address: 10.0.0.22, role: agent, zone: b}
  - {name: w-3, address: 10.0.0.23, role: agent, zone: c}
registration: {address: 10.0.0.100}
"""
    )
    for name, facts in site.survey.facts.items():
        more.survey.learn(name, facts)
    assert [stage.nodes for stage in install(more).stages] == [("w-3",)]


def test_a_node_whose_file_differs_is_taken_up_again(make_site):
    site = finished(make_site(secrets=KNOWN))
    site.survey.learn("w-1", running(site, "w-1", without=[SYSCTL_PATH]))
    assert [stage.nodes for stage in install(site).stages] == [("w-1",)]


def test_a_service_older_than_its_configuration_is_restarted(make_site):
    site = finished(make_site(secrets=KNOWN))
    site.survey.learn("w-2", running(site, "w-2", started=999))
    assert [stage.nodes for stage in install(site).stages] == [("w-2",)]


def test_a_node_that_the_cluster_does_not_call_ready_is_taken_up_again(make_site):
    site = finished(make_site(secrets=KNOWN))
    for name in ("cp-1", "cp-2", "cp-3"):
        site.survey.learn(name, running(site, name, without=["x.rke2.node=w-2"]))
    assert [stage.nodes for stage in install(site).stages] == [("w-2",)]


def test_ten_percent_of_97_agents_are_ten_at_a_time_spread_over_zones(make_site):
    rows = "\n".join(
        f"  - {{name: w-{n}, address: 10.1.{n // 200}.{n % 200 + 1}, role: agent, zone: {'abc'[n // 33 % 3]}}}"
        for n in range(97)
    )
    nodes = f"nodes:\n  - {{name: cp-1, address: 10.0.0.11, role: server}}\n{rows}\n"
    stage = install(make_site(nodes=nodes)).stages[-1]
    assert [len(batch) for batch in stage.batches] == [10] * 9 + [7]
    zones = {f"w-{n}": "abc"[n // 33 % 3] for n in range(97)}
    assert all({zones[name] for name in batch} == set("abc") for batch in stage.batches)


def test_prerequisites_are_changed_only_with_consent(make_site):
    plan = install(make_site("prepare: {sysctl: false, modules: false, networkmanager: false}\n"))
    keys = {step.key for stage in plan.stages for step in stage.steps}
    assert not keys & {"sysctl", "modules", "networkmanager", "swap", "firewall", "cloud-setup", "etcd-user"}
    everything = install(
        make_site("prepare: {swap_off: true, firewall: open, nm_cloud_setup_off: true}\nsecurity: {profile: cis}\n")
    )
    keys = {step.key for stage in everything.stages for step in stage.steps}
    assert keys >= {"sysctl", "modules", "networkmanager", "swap", "firewall", "cloud-setup", "etcd-user"}


def test_a_running_firewall_that_is_left_alone_is_named_with_its_ports(make_site):
    site = make_site()
    site.survey.learn("w-1", facts_of(["x.firewall.active=firewalld"]))
    note = next(note for note in install(site).notes if note.startswith("w-1"))
    assert "firewalld" in note
    assert "8472/udp" in note
    assert "9345" not in note


def test_state_is_read_from_whatever_a_node_prints():
    state = read_state(facts_of(["x.rke2.unit.server=", "x.rke2.image=x", "x.rke2.node=", "x.rke2.unit.agent=a b c d"]))
    assert state.units["agent"].started == 0
    assert not state.traces


def test_a_first_server_that_lost_its_disk_joins_its_peers_instead_of_beginning_a_second_cluster(make_site):
    site = finished(make_site(secrets=KNOWN))
    site.survey.learn("cp-1", facts_of([]))
    stage = install(site).stages[0]
    assert stage.nodes == ("cp-1",)
    assert "door" in [step.key for step in stage.steps]
    shown = next(file.shown for step in stage.steps for file in step.files("cp-1") if file.path == CONFIG)
    assert "server: https://10.0.0.100:9345" in shown
    seal(site)
    assert Identity.of(site.state, "cp-1").bootstrapped == ()


@pytest.mark.parametrize(
    ("opened", "item", "in_it"),
    [
        (["6443/tcp"], "6443/tcp", True),
        (["6443/udp"], "6443/tcp", False),
        (["30000-40000/tcp"], "30000-32767/tcp", True),
        (["30000-32000/tcp"], "30000-32767/tcp", False),
        (["1-65535/tcp", "x"], "80/tcp", True),
        (["10.42.0.0/16"], "10.42.0.0/16", True),
        (["10.42.0.0/16"], "10.43.0.0/16", False),
        (["fd00::/56"], "fd00::/56", True),
        (["-6443/tcp", "-/tcp", "/"], "6443/tcp", False),
    ],
)
def test_a_port_is_open_when_it_lies_within_an_open_range(opened, item, in_it):
    assert lets_in(opened, item) is in_it


def test_swap_that_comes_back_at_the_next_boot_is_turned_off_too(make_site):
    survey = make_site("").survey
    survey.learn("a", facts_of(["swap_mib=0"]))
    survey.learn("b", facts_of(["swap_mib=0", "x.swap.fstab=yes"]))
    assert [SwapOff().settled(name, survey) for name in ("a", "b")] == [True, False]


def test_firewalls_that_the_wizard_can_not_open_are_told_of_once_for_all_their_nodes(make_site):
    site = make_site("prepare: {firewall: open}\n")
    for name in ("w-1", "w-2"):
        site.survey.learn(name, facts_of(["x.firewall.active=nftables"]))
    (note,) = install(site).notes
    assert note.startswith("w-1, w-2: nftables drops what comes in")
