"""A preflight tells what it finds node by node, and no node can harm it."""

from collections.abc import Callable

import pytest

from tests.unit.checks.machines import HEALTHY, machine
from tests.unit.checks.specs import spec
from wizard.checks import known
from wizard.checks.matrix import Event, Judged, Looking, Matrix
from wizard.checks.run import Preflight
from wizard.errors import (
    Busy,
    ChangedHostKey,
    CommandFailed,
    HostError,
    LinkLost,
    LoginRefused,
    SudoRefused,
    Unreachable,
    UntrustedHost,
)
from wizard.hosts.facts import Facts, read_facts
from wizard.hosts.output import Lines

Outcome = Facts | HostError
# What facts tell of; the network is proven elsewhere, by nodes that answer.
CHECKS = tuple(each for each in known.CHECKS if not each.proven)


OF_NODES = tuple(each for each in CHECKS if each.about != "balancers")


class Node:
    """A host by its name alone: these tests put their own look in the place of the wire."""

    def __init__(self, name: str) -> None:
        self.name = name


def preflight(outcomes: dict[str, Outcome], emit: Callable[[Event], None]) -> Preflight:
    async def look(host: Node) -> Facts:
        outcome = outcomes[host.name]
        if isinstance(outcome, HostError):
            raise outcome
        return outcome

    return Preflight(spec(), CHECKS, hosts=Node, look=look, emit=emit)  # type: ignore[arg-type]


def folded(events: list[Event]) -> Matrix:
    matrix = Matrix(("cp-1", "worker-1"), CHECKS)
    for event in events:
        matrix.apply(event)
    return matrix


async def test_each_node_is_told_as_it_is_done_and_compared_at_the_end() -> None:
    events: list[Event] = []
    await preflight({"cp-1": machine("cp-1"), "worker-1": machine("worker-1")}, events.append).run()
    assert [type(event) for event in events[:2]] == [Looking, Judged]
    matrix = folded(events)
    assert {len(found) for found in matrix.findings.values()} == {len(OF_NODES)}
    assert not list(matrix.open())


@pytest.mark.parametrize(
    ("error", "check"),
    [
        (Unreachable("cp-1", "no answer"), "login.reach"),
        (LinkLost("cp-1", "dropped"), "login.reach"),
        (UntrustedHost("cp-1", "unknown key"), "login.host_key"),
        (ChangedHostKey("cp-1", "CHANGED"), "login.host_key"),
        (LoginRefused("cp-1", "none of our keys"), "login.accepted"),
        (SudoRefused("cp-1", "a password is required"), "login.sudo"),
        (CommandFailed("cp-1", "probe: no answer in 90 s", exit_status=124), "login.commands"),
    ],
)
async def test_a_node_that_can_not_be_looked_at_fails_where_the_way_ended(error: HostError, check: str) -> None:
    events: list[Event] = []
    await preflight({"cp-1": error, "worker-1": machine("worker-1")}, events.append).run()
    matrix = folded(events)
    assert [(node, each.check) for node, each in matrix.open()] == [("cp-1", check)]
    assert [each.saw for _, each in matrix.stops()] == [error.what]
    assert {len(found) for found in matrix.findings.values()} == {len(OF_NODES)}


async def test_one_node_and_one_check_are_run_again_alone() -> None:
    outcomes: dict[str, Outcome] = {"cp-1": machine("cp-1", swap_mib="512"), "worker-1": machine("worker-1")}
    events: list[Event] = []
    run = preflight(outcomes, events.append)
    await run.run()
    assert [each.check for _, each in folded(events).open()] == ["memory.swap"]
    outcomes["cp-1"] = machine("cp-1")
    before = len(events)
    await run.run(nodes=["cp-1"], only={"memory.swap"})
    assert events[before:] == [Looking("cp-1"), Judged("cp-1", events[-1].findings)]  # type: ignore[union-attr]
    assert not list(folded(events).open())


async def test_a_clone_that_comes_later_is_compared_with_those_looked_at_before() -> None:
    outcomes: dict[str, Outcome] = {"cp-1": machine("cp-1"), "worker-1": Unreachable("worker-1", "off")}
    events: list[Event] = []
    run = preflight(outcomes, events.append)
    await run.run()
    outcomes["worker-1"] = machine("worker-1", machine_id="cp-1-machine")
    await run.run(nodes=["worker-1"])
    matrix = folded(events)
    assert {(node, each.check) for node, each in matrix.open()} == {
        ("cp-1", "identity.machine_id"),
        ("worker-1", "identity.machine_id"),
    }


@pytest.mark.parametrize(
    "said",
    [
        b"hostname=[bold red]x[/]\nx.left.cni=[link=file:///]y\n",
        b"hostname=\x1b]0;owned\x07\x1b[2Jnode\nx.docker.version=\x9b31m\n",
        b"hostname=caf\xe9\xff\xfe\nos_name=\x80\x81\n",
        b"hostname=" + b"x" * (1 << 20) + b"\nx.left.path=/etc/kubernetes/" + b"y" * (1 << 20) + b"\n",
        b"x.link=" + b"9" * 70_000 + b"\n" + b"x.route=" + b"/" * 70_000,
    ],
)
async def test_what_a_hostile_node_prints_reaches_nobody_raw(said: bytes) -> None:
    lines = Lines()
    lines.feed(HEALTHY.encode() + b"\n" + said)
    events: list[Event] = []
    await preflight({"cp-1": read_facts(lines.end()), "worker-1": machine("worker-1")}, events.append).run()
    for found in folded(events).findings["cp-1"].values():
        text = found.saw + found.wanted + found.next_move
        assert len(text) <= 1200
        assert text.isprintable()


async def test_ports_that_a_rollout_needs_are_left_alone() -> None:
    async def look(host: Node) -> Facts:
        return machine(host.name)

    async def undisturbed() -> None:
        raise Busy("a rollout of prod is under way", hint="Check again when it has ended.")

    events: list[Event] = []
    network = known.chosen(["network"])
    await Preflight(
        spec(),
        network,
        hosts=Node,  # type: ignore[arg-type]
        look=look,  # type: ignore[arg-type]
        emit=events.append,
        undisturbed=undisturbed,
    ).run()
    findings = [each for event in events if isinstance(event, Judged) for each in event.findings]
    assert findings
    assert {each.verdict for each in findings} == {"skipped"}
    assert all("a rollout of prod is under way" in each.saw for each in findings)
