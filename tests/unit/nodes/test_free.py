"""Lists as people type and paste them: everything is understood or said to be wrong in its place."""

import pytest

from wizard.design.nodes.understand import Understood, understand


def texts(understood: Understood) -> list[str]:
    return [entry.text for entry in understood.entries]


@pytest.mark.parametrize(
    ("line", "nodes"),
    [
        ("10.0.0.11", ["10.0.0.11"]),
        ("10.0.0.11 cp-1 server zone=a", ["10.0.0.11 name=cp-1 role=server zone=a"]),
        ("10.0.0.11\tcp-1\tworker\tzone-b", ["10.0.0.11 name=cp-1 role=agent zone=zone-b"]),
        ("admin@cp-1.example.com:2222", ["admin@cp-1.example.com:2222"]),
        ("ssh://admin@10.0.0.1:2222/", ["admin@10.0.0.1:2222"]),
        ("10.0.0.[11-13]", ["10.0.0.11", "10.0.0.12", "10.0.0.13"]),
        ("10.0.0.11-13", ["10.0.0.11", "10.0.0.12", "10.0.0.13"]),
        ("10.0.0.254-10.0.1.1", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        ("10.0.0.8/30", ["10.0.0.9", "10.0.0.10"]),
        ("10.0.0.9/24", ["10.0.0.9"]),
        ("root@10.0.[0,2].[1-2]:22", [f"root@10.0.{net}.{host}:22" for net in (0, 2) for host in (1, 2)]),
        ("node[08:10].lan", ["node08.lan", "node09.lan", "node10.lan"]),
        ("node-{a..c}", ["node-a", "node-b", "node-c"]),
        ("fd00::1", ["fd00::1"]),
        ("[fd00::1]:2222 agent", ["[fd00::1]:2222 role=agent"]),
        ("root@[fd00::1]", ["root@[fd00::1]"]),
        ("fd00::9-fd00::b", ["fd00::9", "fd00::a", "fd00::b"]),
        ("cp-1 cp-2, cp-3", ["cp-1", "cp-2", "cp-3"]),
        ("cp-1.example.com cp-1", ["cp-1.example.com name=cp-1"]),
        ("10.0.0.1 cp-1.example.com cp-1", ["10.0.0.1 name=cp-1.example.com"]),
        (
            "10.0.0.1 server; 10.0.0.2,10.0.0.3 agent",
            ["10.0.0.1 role=server"] + [f"10.0.0.{n} role=agent" for n in (2, 3)],
        ),
        ("a 10.0.0.1 b 10.0.0.2", ["10.0.0.1 name=a", "10.0.0.2 name=b"]),
        ("10.0.0.[1-2] w-[1-2]", ["10.0.0.1 name=w-1", "10.0.0.2 name=w-2"]),
        ("servers: 10.0.0.1 workers: 10.0.0.2", ["10.0.0.1 role=server", "10.0.0.2 role=agent"]),
        ("- 'CP_1' ansible_host=10.0.0.1 # old", ["10.0.0.1 name=cp-1"]),
        ("10.0.0.1 etcd,controlplane,worker", ["10.0.0.1 role=server"]),
        ("10.0.0.1 user = root Port: 2200", ["root@10.0.0.1:2200"]),
        ('["10.0.0.1","10.0.0.2", "10.0.0.3"],', ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        ("10.0.0.1 - cp-1 | server", ["10.0.0.1 name=cp-1 role=server"]),
        ("10.0.0.1 to 10.0.0.2 and 10.0.0.8 - 9", ["10.0.0.1", "10.0.0.2", "10.0.0.8", "10.0.0.9"]),
        ("10.0.0.11–12", ["10.0.0.11", "10.0.0.12"]),
    ],
)
def test_a_line_gives_its_nodes(line: str, nodes: list[str]) -> None:
    understood = understand(line)
    assert texts(understood) == nodes
    assert [one.state for one in understood.lines] == ["nodes"]


@pytest.mark.parametrize(
    ("line", "problem", "nodes"),
    [
        ("10.0.0.300", "'10.0.0.300' is not an IP address; four numbers from 0 to 255", 0),
        ("10.0.0.1, 10.0.0.300 10.0.0.2", "'10.0.0.300' is not an IP address", 2),
        ("10.0.0.0/16", "'10.0.0.0/16' stands for 65,534 nodes; at most 1024", 0),
        ("fd00::/64", "stands for more than a billion nodes", 0),
        ("n[1-1025]", "stands for 1,025 nodes", 0),
        ("10.[0-99].[0-99].[0-99]", "stands for 10,000 nodes", 0),
        ("10.0.0.20-10", "runs backwards; the smaller end first", 0),
        ("n[1:9:0]", "runs backwards", 0),
        ("10.0.0.1:99999", "port: '99999' is too large; at most 65535", 0),
        ("10.0.0.1:", "'10.0.0.1:' is not a place; user@host:port", 0),
        ("@10.0.0.1", "'@10.0.0.1' is not a place", 0),
        ("fe80::1%eth0", "holds on one link only", 0),
        ("10.0.0.1 22", "'22' is only a number; port=", 1),
        ("10.0.0.1 cp-1 what", "'what' is not understood here; role (server, agent)", 1),
        ("10.0.0.1 10.0.0.2 x", "is 'x' a host or a name?", 2),
        ("10.0.0.1 colour=red", "'colour' says nothing of a node here; one of address", 1),
        ("10.0.0.1 role=boss", "'boss' is not a role; server or agent", 1),
        ("10.0.0.1 name=localhost", "name: 'localhost' is the name of every machine", 0),
        ("10.0.0.1 taint=a:Never", "'Never' is not a taint's effect", 0),
        ("server zone=a", "'server' stands beside no address; the address first", 0),
        ("[red]boom[/]", "is not an address", 0),
        ("\x1b[31m10.0.0.1", "the line holds the hidden character U+001B; type it again", 0),
        ("10.0.0.1\u202e", "the line holds the hidden character U+202E", 0),
        ("🙂", "'🙂' is not an address", 0),
        ("a" * 10_000, "is 10,000 characters long", 0),
    ],
)
def test_a_bad_piece_is_told_in_its_place_and_keeps_the_others(line: str, problem: str, nodes: int) -> None:
    understood = understand(f"# nodes\n{line}\n")
    assert [one.number for one in understood.bad] == [2]
    assert problem in understood.bad[0].problem
    assert "\x1b" not in understood.bad[0].text
    assert len(understood.entries) == nodes


def test_comments_and_blank_lines_are_passed_over() -> None:
    understood = understand("\ufeff# first\r\n\r\n ; second\n  \t\n// third\n10.0.0.1 // the last\n")
    assert [line.state for line in understood.lines] == ["other"] * 5 + ["nodes", "other"]
    assert texts(understood) == ["10.0.0.1"]


def test_a_node_that_is_listed_again_is_told_with_the_line_of_the_first() -> None:
    understood = understand("10.0.0.1 server\n10.0.0.[1-3]\nFD00:0::1\nfd00::1 # again\n10.0.0.2 server\n10.0.0.3:22")
    assert [line.state for line in understood.lines] == ["nodes", "twice", "nodes", "twice", "bad", "twice"]
    assert "10.0.0.1 is on line 1 already" in understood.lines[1].note
    assert "10.0.0.2 stands on line 2 with something else; keep one" in understood.lines[4].problem
    assert [(one.line, one.first) for one in understood.duplicates] == [(2, 1), (4, 3), (5, 2), (6, 2)]
    assert len(understood.entries) == 4


def test_ports_of_one_gate_are_nodes_of_their_own() -> None:
    assert len(understand("10.0.0.1:2201\n10.0.0.1:2202").entries) == 2


def test_a_name_that_is_taken_is_told_and_the_node_kept() -> None:
    understood = understand("10.0.0.1 cp-1\n10.0.0.2 CP-1")
    assert texts(understood) == ["10.0.0.1 name=cp-1", "10.0.0.2"]
    assert "'cp-1' is the name of 10.0.0.1 on line 1 too" in understood.lines[1].problem


def test_more_nodes_than_a_cluster_holds_are_refused() -> None:
    understood = understand("\n".join(f"10.{net}.[0-3].[0-249]" for net in range(6)))
    assert len(understood.entries) == 5000
    assert "1000 of its nodes are beyond 5000" in understood.lines[-1].problem


MESSY = """# rack {n}
10.{n}.0.11 cp-{n}-1 server zone=a
admin@10.{n}.0.12:2222\tcp-{n}-2 server zone: b

10.{n}.0.[20-24] worker   # five
 * 10.{n}.0.30-32, 10.{n}.0.40; 10.{n}.0.41 agent
fd00:{n}::1
10.{n}.0.300
10.{n}.0.11
[fd00:{n}::2]:2222 zone-b
what is \x1b[31mthis
10.{n}.0.23 # again
"""


def test_a_messy_list_of_120_lines_is_accounted_for_line_by_line() -> None:
    text = "".join(MESSY.replace("{n}", str(number)) for number in range(10)).removesuffix("\n")
    understood = understand(text)
    assert "".join(line.state[0] for line in understood.lines) == "onnonnnbtnbt" * 10
    assert len(understood.entries) == 10 * (1 + 1 + 5 + 5 + 1 + 1)
    assert len(understood.duplicates) == 20
