"""What MetalLB may not be given, told at its place in the file."""

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tests.unit.spec.specs import HEAD, problems, read
from wizard.spec.span import address_range, span

POOL = "{name: apps, addresses: [10.0.0.240/28]}"
PEER = "{name: tor, my_asn: 64512, peer_asn: 64513, address: 10.0.0.1%s}"


def bgp(more: str = "", *, pool: str = POOL, rest: str = "") -> str:
    return f"pools: [{pool}], bgp: {{peers: [{PEER % more}]{rest}}}"


@pytest.mark.parametrize(
    ("metallb", "said"),
    [
        ("pools: []", "8: metallb.pools: "),
        ("pools: [{name: a, addresses: [10.0.0.9]}]", "is one address, MetalLB wants a range; 10.0.0.9/32"),
        ("pools: [{name: a, addresses: [10.0.0.9-10.0.0.1]}]", "ends before it begins; 10.0.0.1-10.0.0.9"),
        ("pools: [{name: a, addresses: ['10.0.0.9-fd00::1']}]", "begins in IPv4 and ends in IPv6"),
        ("pools: [{name: a, addresses: [10.0.0.9/28]}]", "the network is 10.0.0.0/28"),
        ("pools: [{name: A_b, addresses: [10.9.0.0/24]}]", "'A_b' is not a name"),
        (f"pools: [{POOL}, {POOL}]", "'apps' is the name of another pool"),
        (f"pools: [{POOL}, {{name: b, addresses: [10.0.0.250-10.0.1.3]}}]", "overlaps 10.0.0.240/28 of pool apps"),
        ("pools: [{name: a, addresses: [10.0.0.0/27]}]", "holds 10.0.0.11, an address of cp-1"),
        ("pools: [{name: a, addresses: [10.42.7.0/24]}]", "10.42.7.0/24 overlaps cluster_cidr 10.42.0.0/16"),
        ("pools: [{name: a, addresses: [10.43.0.1-10.43.0.5]}]", "overlaps service_cidr 10.43.0.0/16"),
        ("pools: [{name: a, addresses: ['fd00::/120']}]", "fd00::/120 is IPv6, services have IPv4 only"),
        (f"pools: [{POOL}], l2: [{{pools: [app]}}]", "8: metallb.l2[0].pools[0]: 'app' is no pool here; did you mean"),
        (
            f"pools: [{POOL}, {{name: b, addresses: [10.9.0.0/24]}}], l2: [{{pools: [b]}}]",
            "'apps' is announced by noth",
        ),
        (f"pools: [{POOL}], expose_ingress: {{addresses: [10.0.0.9]}}", "'10.0.0.9' is not in any pool"),
        (f"pools: [{POOL}], expose_ingress: {{pool: nope}}", "'nope' is no pool here"),
        (f"pools: [{POOL}], expose_ingress: {{addresses: [10.0.0.241, 10.0.0.242]}}", "are of one family"),
        (
            "pools: [{name: a, addresses: [10.9.0.0/24], namespaces: [shop]}], expose_ingress: {}",
            "the ingress runs in kube-system, which may use no such pool",
        ),
        (
            "pools: [{name: a, addresses: [10.9.0.0/24], auto_assign: false}], expose_ingress: {}",
            "is missing, and no pool is given out by itself",
        ),
        (bgp(", hold_time_s: 2"), "2 is too short; 0, or 3 and more"),
        (bgp(", hold_time_s: 9, keepalive_s: 9"), "9 is not below the hold time, 9"),
        (bgp(", router_id: 'fd00::1'"), "'fd00::1' is IPv6"),
        (bgp(", source: 'fd00::1'"), "'fd00::1' is IPv6, the router is IPv4"),
        (bgp(", bfd: fast"), "'fast' is no BFD profile here"),
        (bgp(", password: geheim"), "is a secret in the clear"),
        (bgp(rest=", advertisements: [{aggregation_length: 24}]"), "/24 is wider than 10.0.0.240/28 of pool apps"),
        (bgp(rest=", advertisements: [{communities: ['70000:1']}]"), "'70000:1' has a part above 65535"),
        (bgp(rest=", advertisements: [{communities: [local]}]"), "'local' is no community here"),
        (bgp(rest=", advertisements: [{local_pref: 1}, {local_pref: 2}]"), "has another preference at this length"),
        (f"pools: [{POOL}], version: v0.16.1", "its chart has no v; 0.16.1"),
        (f"pools: [{POOL}], version: 0.9.6", "0.9.6 has no chart"),
        (f"pools: [{POOL}], version: 0.12.1, l2: [{{interfaces: [eth0]}}]", "MetalLB 0.12.1 does not know it; 0.13.6"),
        (
            f"version: 0.12.1, l2: [{{}}], {bgp()}",
            "announces a pool by ARP or by BGP, not by both",
        ),
    ],
)
def test_what_can_not_work_is_refused_with_the_reason(metallb: str, said: str) -> None:
    assert said in "\n".join(problems(f"{HEAD}metallb: {{{metallb}}}\n"))


def test_an_ibgp_router_is_no_hop_away() -> None:
    text = bgp(", multihop: true").replace("64513", "64512")
    assert "is for eBGP" in problems(f"{HEAD}metallb: {{{text}}}\n")[0]


def test_ipvs_without_strict_arp_is_refused() -> None:
    text = f"{HEAD}metallb: {{pools: [{POOL}]}}\noptions: {{agent: {{kube-proxy-arg: [proxy-mode=ipvs]}}}}\n"
    assert "options.agent.kube-proxy-arg: all nodes would answer ARP" in problems(text)[0]


def test_a_pool_alone_is_announced_by_arp() -> None:
    metallb = read(f"{HEAD}metallb: {{pools: [{POOL}]}}\n").spec.metallb
    assert metallb is not None
    assert len(metallb.announced_l2) == 1
    routed = read(f"{HEAD}metallb: {{{bgp()}}}\n").spec.metallb
    assert routed is not None
    assert routed.announced_l2 == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD.replace(
                "role: agent", "role: agent, labels: {node.kubernetes.io/exclude-from-external-load-balancers: ''}"
            )
            + f"metallb: {{pools: [{POOL}]}}\n",
            "labels: node.kubernetes.io/exclude-from-external-load-balancers keeps MetalLB from announcing by",
        ),
        (
            f"{HEAD}metallb: {{version: 0.12.1, pools: [{POOL}]}}\n",
            "metallb.version: 0.12.1 leaves a service <pending> though an address has become free",
        ),
        (
            f"{HEAD}metallb: {{version: 0.13.12, pools: [{POOL}]}}\n",
            "metallb.version: 0.13.12 may give a service another",
        ),
        (
            f"{HEAD}metallb: {{pools: [{POOL}], expose_ingress: {{}}}}\nnetwork: {{cni: cilium}}\n"
            "options: {server: {disable-kube-proxy: true}}\n",
            "metallb.expose_ingress: with Cilium in place of kube-proxy",
        ),
    ],
)
def test_what_is_no_good_though_it_is_allowed_is_warned_of(text: str, said: str) -> None:
    assert any(said in warning for warning in read(text).warnings)
    assert not any(said in warning for warning in read(f"{HEAD}metallb: {{pools: [{POOL}]}}\n").warnings)


ADDRESSES = st.integers(0, 2**32 - 1).map(lambda number: ipaddress.IPv4Address(number))


@given(ADDRESSES, ADDRESSES, ADDRESSES, ADDRESSES)
def test_spans_meet_just_when_they_share_an_address(a, b, c, d) -> None:
    one, other = (span(address_range(f"{min(pair)} - {max(pair)}")) for pair in ((a, b), (c, d)))
    shared = max(one.first, other.first) <= min(one.last, other.last)
    assert one.meets(other) == other.meets(one) == shared
    assert one.holds(str(c)) == (min(a, b) <= c <= max(a, b))


@given(st.text("0123456789.:/-abcdef ", max_size=40))
def test_any_text_is_a_range_in_one_spelling_or_is_refused(text: str) -> None:
    with contextlib.suppress(PydanticCustomError):
        spelled = address_range(text)
        assert address_range(spelled) == spelled
        assert span(spelled).first <= span(spelled).last
