"""Packet filters on the node: who runs them, and what they would drop."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, ours, values
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

FIREWALL = "RKE2 documentation, Known issues, Firewalld; Requirements, Networking"


@check(
    "firewall.manager",
    "firewalld and ufw",
    group="security",
    severity="should",
    why="They close the cluster's ports, and firewalld's own chains fight those of the network plug-in.",
    source=FIREWALL,
)
def manager(node: Node, facts: Facts, spec: Spec) -> Said:
    active = facts.first("x.firewall.active")
    if active not in ("firewalld", "ufw"):
        return ok("neither runs")
    if spec.prepare.firewall == "open":
        return ok(f"{active} runs; apply opens the cluster's ports, as prepare.firewall says")
    networks = [*map(str, spec.network.cluster_cidr), *map(str, spec.network.service_cidr)]
    closed = [network for network in networks if network not in values(facts, "x.firewall.open")]
    if not closed:
        return ok(f"{active} runs, and lets pods and services through")
    return fail(
        f"{active} runs and does not trust {listed(closed)}",
        wanted="no firewall on the node, or one that lets the cluster's ports, pods and services through",
        next_move="Set prepare.firewall: open in the spec, or stop and disable it there.",
        fix="firewall",
    )


@check(
    "firewall.policy",
    "Packets that no rule names",
    group="security",
    severity="should",
    why="A chain that drops what it has no rule for cuts the node off from the others, mostly without a word.",
    source=FIREWALL,
)
def policy(node: Node, facts: Facts, spec: Spec) -> Said:
    drops = [line for line in values(facts, "x.nft.policy") if not _managed(facts, line)]
    # Docker's own policy, and kube-router's, is on forwarding alone; incoming packets are what joins need.
    incoming = [line for line in drops if line.startswith(("input", "prerouting", "ingress"))]
    mended = values(facts, "x.nft.mended")
    if incoming and set(incoming) <= set(mended):
        return ok(f"dropped by {listed(incoming, 3)}, after rules of this wizard that let the cluster's ports in")
    if not incoming or ours(facts, spec):
        return ok("let in" if not drops else f"let in; forwarding is dropped by {listed(drops, 2)}")
    return fail(
        f"dropped by {listed(incoming, 3)}",
        wanted="policy accept, or rules that let the cluster's ports in",
        next_move="Let the cluster's ports in by nft rules before that policy; the network checks name each one.",
        fix="firewall",
    )


@check(
    "firewall.rules",
    "Rules that drop",
    group="security",
    severity="note",
    why="Such a rule may hit the cluster's own ports; the network checks tell whether one does.",
    source=FIREWALL,
)
def rules(node: Node, facts: Facts, spec: Spec) -> Said:
    found = [line for line in values(facts, "x.nft.drop") if not _managed(facts, line)]
    if not found or ours(facts, spec):
        return ok("none")
    return warn(
        listed(found, 3),
        wanted="no rule that drops what the cluster needs",
        next_move="Run the network checks: `rancher-wizard check SPEC --only network`.",
    )


@check(
    "firewall.iptables",
    "iptables",
    group="security",
    severity="should",
    why="Host ports of pods are made by the iptables program with canal and calico.",
    source="RKE2 documentation, Requirements: iptables for host ports",
)
def iptables(node: Node, facts: Facts, spec: Spec) -> Said:
    if facts.first("x.iptables"):
        return ok(facts.first("x.iptables"))
    if spec.network.cni[-1] not in ("canal", "calico"):
        return ok(f"not there; {spec.network.cni[-1]} does without")
    return fail(
        "not there",
        wanted=f"the iptables program, for {spec.network.cni[-1]}",
        next_move=f"Install the package iptables on {node.name}.",
        fix="packages",
    )


@check(
    "firewall.backend",
    "One iptables backend",
    group="security",
    severity="should",
    why="Rules in the old and in the nft tables do not see each other: what one lets pass, the other may drop.",
    source="Kubernetes issue 71305; Debian wiki, nftables",
)
def backend(node: Node, facts: Facts, spec: Spec) -> Said:
    version = facts.first("x.iptables")
    old = facts.first("x.iptables.legacy").split()
    if "nf_tables" in version and old:
        return warn(
            f"the old tables hold {listed(old)}, new rules go to nft",
            wanted="rules in one place",
            next_move="Find who fills the old tables (`iptables-legacy-save` shows them), then reboot.",
        )
    return ok("nft" if "nf_tables" in version else "legacy" if "legacy" in version else "not told")


def _managed(facts: Facts, line: str) -> bool:
    """Whether the rule is of firewalld or ufw, which have a check of their own, or of a network plug-in."""
    active = facts.first("x.firewall.active")
    marks = {"firewalld": ("firewalld",), "ufw": ("ufw", " filter INPUT", " filter FORWARD")}.get(active, ())
    return any(mark in line for mark in (*marks, "KUBE-", "cali-", "CNI-", "CILIUM", "DOCKER"))
