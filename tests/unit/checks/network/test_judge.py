"""Whose fault it is, what blocks it, and the line that mends it."""

import pytest

from tests.unit.checks.specs import spec
from wizard.checks.finding import Finding
from wizard.checks.network.blame import blamed, blamed_ways
from wizard.checks.network.firewall import cause, commands
from wizard.checks.network.judge import judge
from wizard.checks.network.links import Answer, Link, Links, Way
from wizard.checks.network.port import Protocol
from wizard.checks.network.reading import Opened, Rule
from wizard.spec.models import Spec

NAMES = ("cp-1", "cp-2", "cp-3", "worker-1", "worker-2")
ROLES = {name: "server" if name.startswith("cp") else "agent" for name in NAMES}
PAIRS = [(a, b) for a in NAMES for b in NAMES if a != b]


def site() -> Spec:
    return spec(
        nodes=[{"name": name, "address": f"10.0.0.{turn}", "role": ROLES[name]} for turn, name in enumerate(NAMES, 1)]
    )


def link(source: str, target: str, port: int = 8472, answer: Answer = "open", protocol: Protocol = "udp") -> Link:
    return Link(source, target, port, protocol, answer, "no answer" if answer == "filtered" else "", why="VXLAN")


def matrix(*bad: tuple[str, str], answer: Answer = "filtered", port: int = 8472, protocol: Protocol = "udp") -> Links:
    """Every pair asked on one port; those of `bad` were answered so."""
    links = Links(NAMES, ROLES)
    links.add(*(link(*pair, port, answer if pair in bad else "open", protocol) for pair in PAIRS))
    return links


def way(source: str, target: str, *, ms: float = 0.2, received: int = 100, mtu: int = 1500) -> Way:
    return Way(source, target, 100, received, ms, ms * 2, "ping", mtu, 1500)


def into(name: str) -> list[tuple[str, str]]:
    return [pair for pair in PAIRS if pair[1] == name]


def out_of(name: str) -> list[tuple[str, str]]:
    return [pair for pair in PAIRS if pair[0] == name]


@pytest.mark.parametrize(
    ("bad", "guilty"),
    [
        (into("cp-2"), {"cp-2"}),
        (out_of("worker-1"), {"worker-1"}),
        ([("cp-1", "cp-2")], {"cp-2"}),
        ([*into("cp-2"), *out_of("cp-2")], {"cp-2"}),
        (PAIRS, set(NAMES)),
        ([], set()),
    ],
)
def test_what_is_blocked_is_told_at_the_node_to_look_at_first(bad: list[tuple[str, str]], guilty: set[str]) -> None:
    assert set(blamed(matrix(*bad))) == guilty


def test_bad_ways_of_one_node_are_its_own_and_one_bad_way_is_both_ends() -> None:
    ways = {pair: way(*pair) for pair in PAIRS}
    lossy = [ways[pair] for pair in PAIRS if "cp-2" in pair]
    assert set(blamed_ways(lossy, ways.values())) == {"cp-2"}
    # Loss may spare a way.
    assert set(blamed_ways(lossy[1:], ways.values())) == {"cp-2"}
    between = [ways["cp-1", "cp-3"], ways["cp-3", "cp-1"]]
    assert set(blamed_ways(between, ways.values())) == {"cp-1", "cp-3"}
    assert blamed_ways([], ways.values()) == {}


def rule(text: str, *, hook: str = "input", handle: str = "4", chain: str = "input", table: str = "filter") -> Rule:
    return Rule("inet", table, chain, hook, handle, text)


FIREWALLD = "firewall-cmd --permanent --add-port=6443/tcp && firewall-cmd --reload"
DELETE = "nft delete rule inet filter input handle 4"
INSERT = "nft insert rule inet filter input tcp dport 6443 accept"
BLOCKED = link("cp-1", "cp-2", 6443, "filtered", "tcp")


@pytest.mark.parametrize(
    ("source", "target", "command"),
    [
        (
            Opened(),
            Opened(firewall="firewalld"),
            FIREWALLD,
        ),
        (Opened(), Opened(firewall="ufw"), "ufw allow 6443/tcp"),
        (Opened(), Opened(rules=(rule("tcp dport 6443 drop"),)), DELETE),
        (
            Opened(),
            Opened(rules=(rule("tcp dport { 22, 6000-7000 } drop"),)),
            DELETE,
        ),
        (Opened(), Opened(rules=(rule("tcp dport 6444 drop"), rule("udp dport 6443 drop"))), ""),
        (
            Opened(),
            Opened(rules=(rule("drop", handle="policy"),)),
            INSERT,
        ),
        (
            Opened(),
            Opened(rules=(rule("counter packets 1 bytes 2 reject with icmpx admin-prohibited"),)),
            INSERT,
        ),
        (Opened(), Opened(rules=(rule("ct state invalid drop"),)), ""),
        (Opened(rules=(rule("tcp dport 6443 drop"),)), Opened(), ""),
        (
            Opened(rules=(rule("tcp dport 6443 drop", hook="output", chain="out"),)),
            Opened(),
            "nft delete rule inet filter out handle 4",
        ),
        (
            Opened(),
            Opened(firewall="firewalld", rules=(rule("tcp dport 6443 drop", table="firewalld"),)),
            FIREWALLD,
        ),
        (
            Opened(),
            Opened(firewall="iptables", rules=(rule("-A INPUT -p tcp -m tcp --dport 6443 -j DROP", handle="-"),)),
            "iptables -I INPUT -p tcp --dport 6443 -j ACCEPT",
        ),
    ],
)
def test_the_line_that_lets_a_port_in_is_told(source: Opened, target: Opened, command: str) -> None:
    assert commands([cause(BLOCKED, source, target)]) == ((command,) if command else ())


def test_a_table_that_iptables_keeps_is_opened_by_iptables_alone() -> None:
    policy = Rule("ip", "filter", "INPUT", "input", "policy", "drop")
    asked = [(6443, "tcp"), (9345, "tcp"), (8472, "udp")]
    causes = [
        cause(link("cp-1", "cp-2", port, "filtered", protocol), Opened(), Opened(firewall="nft", rules=(policy,)))
        for port, protocol in asked
    ]
    assert commands(causes) == (
        "iptables -I INPUT -p tcp -m multiport --dports 6443,9345 -j ACCEPT",
        "iptables -I INPUT -p udp --dport 8472 -j ACCEPT",
    )


def test_firewalld_opens_all_ports_of_a_node_at_once() -> None:
    causes = [
        cause(link("cp-1", "cp-2", port, "filtered", "tcp"), Opened(), Opened(firewall="firewalld")) for port in (1, 2)
    ]
    assert commands(causes) == ("firewall-cmd --permanent --add-port=1/tcp --add-port=2/tcp && firewall-cmd --reload",)


def test_a_chain_that_drops_all_lets_several_ports_in_by_one_line_a_protocol() -> None:
    there = Opened(rules=(rule("drop", handle="policy"),))
    asked = [(6443, "tcp"), (9345, "tcp"), (8472, "udp"), (6443, "tcp")]
    causes = [cause(link("cp-1", "cp-2", port, "filtered", protocol), Opened(), there) for port, protocol in asked]
    assert commands(causes) == (
        "nft insert rule inet filter input tcp dport { 6443, 9345 } accept",
        "nft insert rule inet filter input udp dport 8472 accept",
    )


def found(links: Links, **opened: Opened) -> dict[str, list[Finding]]:
    """Return the findings that are not ok, by node."""
    there = {name: Opened("python3") for name in NAMES} | {
        name.replace("_", "-"): each for name, each in opened.items()
    }
    judged = judge(site(), links, there)
    return {
        name: bad for name, each in judged.items() if (bad := [finding for finding in each if finding.verdict != "ok"])
    }


def test_a_blocked_port_says_who_what_and_the_next_move() -> None:
    said = found(matrix(*into("cp-2")), cp_2=Opened("python3", firewall="firewalld"))
    [finding] = said.pop("cp-2")
    assert said == {}
    assert (finding.check, finding.verdict, finding.fix) == ("network.ports", "fail", "firewall")
    assert finding.saw == "8472/udp from cp-1, cp-3, worker-1 and worker-2: no answer, blocked by firewalld on cp-2"
    assert finding.next_move == "On cp-2: firewall-cmd --permanent --add-port=8472/udp && firewall-cmd --reload"


def test_what_apply_will_open_is_no_fault() -> None:
    wanted = site().model_copy(update={"prepare": spec(prepare={"firewall": "open"}).prepare})
    there = {name: Opened("python3") for name in NAMES}
    for firewall, verdict in (("firewalld", "ok"), ("ufw", "ok"), ("nft", "fail")):
        there["cp-2"] = Opened("python3", firewall=firewall)
        judged = judge(wanted, matrix(*into("cp-2")), there)["cp-2"]
        assert next(each.verdict for each in judged if each.check == "network.ports") == verdict


def test_ports_of_which_the_same_is_true_are_told_together() -> None:
    links = matrix(*into("cp-2"))
    links.add(*(link(*pair, port, "filtered", "tcp") for pair in into("cp-2") for port in (6443, 10250)))
    [finding] = found(links)["cp-2"]
    assert finding.saw == "8472/udp, 6443/tcp and 10250/tcp from cp-1, cp-3, worker-1 and worker-2: no answer"


def test_what_no_node_blocks_is_between_them() -> None:
    [finding] = found(matrix(("cp-1", "cp-2")))["cp-2"]
    assert "security group" in finding.next_move
    assert "let 8472/udp in from cp-1 to cp-2" in finding.next_move
    assert finding.fix == ""


def test_another_host_at_an_address_is_told_apart_from_a_firewall() -> None:
    links = matrix()
    links.add(*(Link(source, "cp-2", 8472, "udp", "wrong", "cp-9 answers at 10.0.0.2") for source, _ in into("cp-2")))
    [finding] = found(links)["cp-2"]
    assert finding.next_move == "Give each machine an address of its own: cp-9 answers at 10.0.0.2."


def test_a_node_where_nothing_can_listen_is_skipped_with_a_next_move() -> None:
    [finding] = found(matrix(*into("cp-2"), answer="untried"), cp_2=Opened("none"))["cp-2"]
    assert finding.verdict == "skipped"
    assert "python3" in finding.next_move


def test_a_way_far_for_etcd_is_near_for_an_agent() -> None:
    links = matrix()
    for pair in PAIRS:
        links.add_way(way(*pair, ms=60 if "cp-2" in pair else 0.2))
    said = found(links)
    assert {(name, each.check, each.verdict) for name, all in said.items() for each in all} == {
        ("cp-2", "network.latency", "fail")
    }
    assert "60 ms to and from cp-1 and cp-3" in said["cp-2"][0].saw


def test_loss_and_a_narrow_way_are_told_with_their_figures() -> None:
    links = matrix()
    for pair in PAIRS:
        links.add_way(way(*pair, received=90 if "worker-1" in pair else 100, mtu=1400 if "worker-2" in pair else 1500))
    said = {(name, each.check): each for name, all in found(links).items() for each in all}
    assert set(said) == {("worker-1", "network.loss"), ("worker-2", "network.mtu")}
    assert "10.0 % of 800 packets lost" in said["worker-1", "network.loss"].saw
    assert "1400 bytes come through" in said["worker-2", "network.mtu"].saw
    assert "which leaves pods 1350" in said["worker-2", "network.mtu"].next_move


def test_a_single_lost_packet_is_no_finding() -> None:
    links = matrix()
    for pair in PAIRS:
        links.add_way(way(*pair, received=99))
    assert found(links) == {}


def test_where_pings_are_not_answered_what_they_would_tell_is_skipped() -> None:
    links = matrix()
    for pair in PAIRS:
        links.add_way(Way(*pair, median_ms=0.4, p99_ms=0.5, by="connect"))
    skipped = {(each.check, each.verdict) for all in found(links).values() for each in all}
    assert skipped == {("network.loss", "skipped"), ("network.mtu", "skipped")}


def test_a_server_that_its_balancer_does_not_reach_is_told_with_the_line_that_lets_it_in() -> None:
    front = {"kind": "haproxy", "nodes": [{"name": "lb-1", "address": "10.0.0.9"}]}
    wanted = site().model_copy(update={"balancer": spec(balancer=front).balancer})
    links = matrix()
    links.add(link("lb-1", "cp-1", 6443, "open", "tcp"), link("lb-1", "cp-2", 6443, "filtered", "tcp"))
    there = {name: Opened("python3", firewall="firewalld" if name == "cp-2" else "") for name in NAMES}
    said = {
        name: each
        for name, all in judge(wanted, links, there).items()
        for each in all
        if each.check == "network.balancers"
    }
    assert said.keys() == {"cp-1", "cp-2"}
    assert (said["cp-1"].verdict, said["cp-1"].saw) == ("ok", "6443/tcp open from lb-1")
    assert said["cp-2"].stops
    assert said["cp-2"].saw == "6443/tcp from lb-1: no answer, blocked by firewalld on cp-2"
    assert said["cp-2"].next_move.startswith("On cp-2: firewall-cmd --permanent --add-port=6443/tcp")
