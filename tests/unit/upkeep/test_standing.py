"""How a running cluster stands: read from what nodes print, and what of it is to be looked at."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import HEAD, NODES
from wizard.errors import Unreachable
from wizard.hosts.host import Host
from wizard.hosts.output import Result
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.upkeep.standing import Standing, seen
from wizard.upkeep.standing_lines import lines, record, summary
from wizard.upkeep.watch import Watch

NOW = 1_800_000_000.0
NOWHERE = Path("/no/such/state")
VERSION = "v1.34.2+rke2r1"
SERVERS = ("cp-1", "cp-2", "cp-3")


def spec(extra: str = "") -> Spec:
    return read_spec((HEAD + NODES + extra).encode(), name="cluster.yaml").spec


def printed(name: str, **changes: Any) -> list[str]:
    """What a healthy node prints, `changes` apart: db_bytes, leader, members, alarms, version, ready, snapshots."""
    found = {"db_bytes": 20 << 20, "leader": 1, "members": SERVERS, "alarms": (), "version": VERSION} | changes
    out = [f"unit=active {int(NOW) - 7200}"]
    if name not in SERVERS:
        return out
    for node in (*SERVERS, "w-1", "w-2"):
        ready = node not in found.get("unready", ())
        out.append(f"node={node} {ready} {found['version']} {'True' if node in SERVERS else ''}")
    status = {
        "header": {"member_id": SERVERS.index(name) + 1},
        "leader": found["leader"],
        "dbSize": found["db_bytes"],
        "dbSizeInUse": found["db_bytes"] // 2,
        "version": "3.6.5",
    }
    out.append(f"etcd={json.dumps([{'Endpoint': 'https://127.0.0.1:2379', 'Status': status}])}")
    out += [
        f"member={k:x}, started, {each}-0000, https://x:2380, https://x:2379, false"
        for k, each in enumerate(found["members"])
    ]
    out += [f"alarm={each}" for each in found["alarms"]]
    if found.get("snapshots", True):
        out.append(f"snapshots=5 3000000 {int(NOW) - 3600} etcd-snapshot-{name}-1799996400")
    return out


class Site:
    """Hosts that print; those in `away` do not answer."""

    def __init__(self, **changes: Any) -> None:
        self.changes, self.away = changes, set[str]()
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str) -> Host:
        return cast(Host, _Told(self, name))


class _Told:
    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name = site, name

    async def run(self, script: Any, *args: str, timeout_s: float, check: bool) -> Result:
        self.site.asked.append((self.name, script.name))
        if self.name in self.site.away:
            raise Unreachable(self.name, "no route to host")
        return Result(0, tuple(printed(self.name, **self.site.changes)))


async def looked(site: Site, extra: str = "", *, state: Path = NOWHERE) -> Standing:
    return await Watch(spec(extra), site, state=state, now=lambda: NOW).look()


async def test_a_healthy_cluster_is_told_in_a_line_a_node_by_one_command_each() -> None:
    site = Site()
    standing = await looked(site)
    assert standing.problems() == ()
    assert standing.leader == "cp-1"
    told = list(lines(standing))
    assert told[0] == "prod: 5 of 5 nodes Ready; etcd: 3 of 3 vote, cp-1 leads; all is well"
    assert "leads 20 MiB" in told[1]
    assert "5, 1h 00m ago" in told[1]
    assert sorted(site.asked) == [(node.name, "look_standing") for node in standing.spec.nodes]


async def test_servers_of_a_release_without_a_word_for_votes_count_as_voters() -> None:
    class Old(Site):
        def __call__(self, name: str) -> Host:
            return cast(Host, _Wordless(self, name))

    class _Wordless(_Told):
        async def run(self, *args: Any, **options: Any) -> Result:
            found = await super().run(*args, **options)
            return Result(0, tuple(line.removesuffix(" True") + " " * line.startswith("node=") for line in found.lines))

    assert "etcd: 3 of 3 vote" in summary(await looked(Old(version="v1.24.17+rke2r1")))
    assert "etcd: 0 of 3 vote" in summary(await looked(Old()))


async def test_a_node_that_falls_silent_keeps_what_was_seen_and_since_when() -> None:
    site, moments = Site(), iter(range(int(NOW), int(NOW) + 1000))
    watch = Watch(spec(), site, state=NOWHERE, now=lambda: float(next(moments)))
    before = (await watch.look()).nodes["w-1"]
    site.away = {"w-1"}
    first = (await watch.look()).nodes["w-1"]
    later = await watch.look()
    assert later.nodes["w-1"].seen == before.seen
    assert later.nodes["w-1"].silent_since == first.silent_since > 0
    assert later.state("w-1") == "silent"
    ((node, what),) = later.problems()
    assert node == "w-1"
    assert "no route to host" in what
    site.away = set()
    assert (await watch.look()).nodes["w-1"].silent_since == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leader": 0}, "etcd has no leader"),
        ({"alarms": ("memberID:1 alarm:NOSPACE",)}, "etcd: memberID:1 alarm:NOSPACE"),
        ({"members": SERVERS[:2]}, "counts 2 members, the spec has 3 servers"),
        ({"db_bytes": 1900 << 20}, "etcd's file on cp-1 has 1.9 GiB of 2.0 GiB"),
        ({"unready": ("w-2",)}, "is NotReady"),
        ({"version": "v1.33.1+rke2r1"}, "5 nodes run v1.33.1+rke2r1, the spec says"),
        ({"snapshots": False}, "no server has a snapshot of etcd"),
    ],
)
async def test_what_is_not_well_is_named(changes: dict[str, Any], said: str) -> None:
    standing = await looked(Site(**changes))
    assert any(said in what for _, what in standing.problems()), standing.problems()
    assert "to look at" in next(lines(standing))
    assert json.loads(json.dumps(record(standing)))["problems"]


BALANCED = """balancer:
  kind: haproxy
  vip: 10.0.0.100
  nodes:
    - {name: lb-1, address: 10.0.0.2}
    - {name: lb-2, address: 10.0.0.3}
"""


async def test_balancers_are_told_with_who_carries_the_address_and_who_is_not_up() -> None:
    class Front(Site):
        def __call__(self, name: str) -> Host:
            return cast(Host, _Front(name)) if name.startswith("lb") else super().__call__(name)

    standing = await looked(Front(), BALANCED)
    assert standing.balancers
    assert standing.balancers.active
    assert standing.balancers.active.name == "lb-1"
    assert [what for _, what in standing.problems()] == [
        "lb-1: cp-3 not up in be_rke2_join",
        "lb-2: keepalived is failed",
    ]
    assert "balancer: virtual IP 10.0.0.100: carried by lb-1" in list(lines(standing))


class _Front:
    """A balancer: the first carries the address and misses a server, the second has lost its keepalived."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def run(self, script: Any, *args: str, timeout_s: float, check: bool = True) -> Result:
        first = self.name == "lb-1"
        if script.name == "vip_here":
            carries = "yes" if first else "no"
            return Result(0, ("haproxy=active", f"keepalived={'active' if first else 'failed'}", f"carries={carries}"))
        state = "DOWN" if first else "UP"
        return Result(
            0,
            (
                "show=be_rke2_join cp-1 UP L7OK 2",
                "show=be_rke2_join cp-2 UP L7OK 2",
                f"show=be_rke2_join cp-3 {state} L4TOUT 0",
            ),
        )


async def test_with_no_server_that_answers_what_is_known_is_said() -> None:
    site = Site()
    site.away = set(SERVERS)
    standing = await looked(site)
    assert standing.state("w-1") == "active"
    assert "no leader is seen" in next(lines(standing))


@given(st.lists(st.text(max_size=80), max_size=12))
def test_whatever_a_node_prints_is_taken(text: list[str]) -> None:
    found = seen(tuple(text), NOW)
    assert found.at == NOW


@given(st.text(max_size=200))
def test_whatever_etcd_prints_is_taken(text: str) -> None:
    assert (
        seen((f"etcd={text}", f"snapshots={text}", f"unit={text}", f"node={text}", f"member={text}"), NOW).etcd is None
    )


def test_a_node_whose_systemd_gives_no_answer_has_no_unit() -> None:
    assert (seen(("unit= 0",), NOW).unit, seen(("unit=active 7",), NOW).unit, seen((), NOW).unit) == ("", "active", "")
    assert seen(("unit=active 7",), NOW).since == 7
