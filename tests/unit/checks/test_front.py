"""Balancers of ours are checked as machines of their own, beside the nodes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.machines import HEALTHY, machine
from tests.unit.checks.specs import spec
from wizard.checks.check import machines
from wizard.checks.finding import Finding
from wizard.checks.known import CHECKS
from wizard.checks.look import front_fragments
from wizard.checks.matrix import Event, Matrix
from wizard.checks.run import Preflight
from wizard.errors import HostError, LoginRefused
from wizard.hosts.facts import Facts, read_facts
from wizard.spec.models import Spec

FRONT: dict[str, Any] = {
    "kind": "haproxy",
    "vip": "10.0.0.9",
    "nodes": ({"name": "lb-1", "address": "10.0.0.5"}, {"name": "lb-2", "address": "10.0.0.6"}),
}
PAIR = ("lb-1", "lb-2")
FACTS = tuple(each for each in CHECKS if not each.proven)


def site(**more: Any) -> Spec:
    return spec(balancer=FRONT | more.pop("balancer", {}), **more)


def lb(name: str, **changed: Any) -> Facts:
    octet = 5 if name == "lb-1" else 6
    link = f"1500 up 10000 52:54:00:00:00:0{octet} card ens18"
    own = {"address": f"10.0.0.{octet} 24 ens18", "x_address": f"10.0.0.{octet} ens18", "x_link": link}
    return machine(name, **own | changed)


def pair(**changed: Any) -> dict[str, Facts]:
    """Return the facts of both balancers, the first one's with `changed`."""
    return {"lb-1": lb("lb-1", **changed), "lb-2": lb("lb-2")}


def bad(wanted: Spec, facts: dict[str, Facts]) -> dict[tuple[str, str], Finding]:
    """Return what is not as wanted, by machine and check."""
    found = ((check.id, check.judge(wanted, facts)) for check in FACTS)
    return {(name, id): each for id, said in found for name, each in said.items() if not each.good}


def test_sound_balancers_raise_no_alarm_and_are_asked_for_nothing_that_nodes_are() -> None:
    facts = {"cp-1": machine("cp-1"), "worker-1": machine("worker-1"), **pair()}
    assert bad(site(), facts) == {}
    of_pair = {check.id for check in FACTS for name in check.judge(site(), facts) if name in PAIR}
    assert of_pair >= {"login.reach", "packages.busy", "balancer.subnet", "balancer.taken", "balancer.ports"}
    assert not {each for each in of_pair if each.startswith(("disk.", "memory.", "ports.", "kernel."))}
    nodes = {check.id for check in FACTS for name in check.judge(site(), facts) if name == "cp-1"}
    assert not {each for each in nodes if each.startswith("balancer.")}


@pytest.mark.parametrize(
    ("check", "saw", "changed"),
    [
        ("balancer.subnet", "10.0.0.9 is in none of 192.168.7.0/24", {"x_route": "192.168.7.0/24 ens18"}),
        ("balancer.taken", "10.0.0.9 is held by 52:54:00:aa:bb:cc", {"x_registration__taken": "52:54:00:AA:bb:cc"}),
        ("balancer.ports", "443 by nginx, 8404 by python3", {"listener": ("tcp 443 nginx", "tcp 8404 python3")}),
        ("packages.whole", "interrupted", {"x_packages__broken": "dpkg"}),
    ],
)
def test_what_is_wrong_is_told_at_the_balancer(check: str, saw: str, changed: dict[str, Any]) -> None:
    found = bad(site(), pair(**changed))
    assert {(name, id) for name, id in found} == {("lb-1", check)}
    assert saw in found["lb-1", check].saw
    assert found["lb-1", check].next_move


def test_an_interface_that_is_named_must_be_the_one_in_that_network() -> None:
    found = bad(site(balancer={"interface": "eth7"}), pair())
    assert found["lb-1", "balancer.subnet"].saw == "10.0.0.9 is of the network at ens18, not at eth7"
    assert bad(site(balancer={"interface": "ens18"}), pair()) == {}


def test_an_address_that_the_peer_carries_already_is_the_pairs_own() -> None:
    facts = {
        "lb-1": lb("lb-1", x_registration__taken="52:54:00:00:00:06", listener="tcp 443 haproxy"),
        "lb-2": lb("lb-2", x_address=("10.0.0.6 ens18", "10.0.0.9 ens18")),
    }
    assert bad(site(), facts) == {}


def test_without_internet_a_balancer_needs_its_packages_in_the_source() -> None:
    away = site(source={"kind": "bundle", "path": "site.rwb"})
    assert bad(away, pair())["lb-1", "offline.balancers"].saw == (
        "would go out: haproxy for debian 12, socat for debian 12, keepalived for debian 12"
    )
    assert bad(away, {"lb-1": lb("lb-1", x_tool=("haproxy", "keepalived", "socat"))}) == {}
    carried = tuple(f"debian-12/{name}" for name in ("haproxy", "keepalived", "socat"))
    assert bad(away, {"lb-1": lb("lb-1", x_carried=carried)}) == {}


def test_a_balancer_is_asked_for_its_own_address() -> None:
    texts = front_fragments(site(), carried=("debian-12/haproxy",))
    assert {each.name for each in texts} == {"look_machine", "look_network", "look_packages"}
    assert all("rw_registration=10.0.0.9\n" in each.text for each in texts)
    assert all("rw_carried=debian-12/haproxy\n" in each.text for each in texts)


class Host:
    def __init__(self, name: str) -> None:
        self.name = name


async def test_balancers_are_looked_at_with_the_nodes_and_fail_where_their_way_ended() -> None:
    outcomes: dict[str, Facts | HostError] = {
        "cp-1": machine("cp-1"),
        "worker-1": machine("worker-1"),
        "lb-1": LoginRefused("lb-1", "none of our keys"),
        "lb-2": lb("lb-2", x_route="192.168.7.0/24 ens18"),
    }

    async def look(host: Host) -> Facts:
        outcome = outcomes[host.name]
        if isinstance(outcome, HostError):
            raise outcome
        return outcome

    events: list[Event] = []
    wanted = site()
    preflight = Preflight(wanted, FACTS, hosts=Host, look=look, emit=events.append)  # type: ignore[arg-type]
    await preflight.run()
    matrix = Matrix(machines(wanted), FACTS)
    for event in events:
        matrix.apply(event)
    assert [(name, each.check) for name, each in matrix.stops()] == [
        ("lb-1", "login.accepted"),
        ("lb-2", "balancer.subnet"),
    ]
    assert matrix.finding("lb-1", "disk.room") is None
    assert matrix.nodes == ("cp-1", "worker-1", "lb-1", "lb-2")


KEYS = sorted({line.partition("=")[0] for line in HEALTHY.splitlines()} | {"x.registration.taken", "x.carried"})
WORDS = st.text() | st.sampled_from(("-", "0", "10.0.0.0/33", "[bold]", "\x1b[2J", "a b c d e f g h"))


@given(st.lists(st.builds("{}={}".format, st.sampled_from(KEYS), WORDS), max_size=40))
def test_whatever_a_balancer_prints_breaks_nothing(lines: list[str]) -> None:
    for each in bad(site(), {"lb-1": read_facts(lines), "lb-2": lb("lb-2")}).values():
        assert each.next_move
        assert each.wanted
