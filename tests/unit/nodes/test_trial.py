"""Tries of a list's nodes against real SSH servers: each row ends by itself, and says what to do next."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncssh
import pytest

from tests.unit.hosts.site import Site
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.patience import Slots
from wizard.design.nodes.trial import Trials
from wizard.design.nodes.tried import Tried
from wizard.errors import BadUsage
from wizard.secret import Secret

PROBE = "printf 'hostname=%s\\nmachine_id=%s\\nboot_id=%s\\ncpus=4\\n'"


class List:
    """Trials of the site's nodes, and what they have told."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.changes: list[str] = []
        self.trials = Trials(self.ssh(), self.changes.append, base=site.folder, settle_s=0)

    def ssh(self, **changes: object) -> dict[str, object]:
        ssh = {
            "user": "root",
            "key": str(self.site.key_path),
            "agent": False,
            "config": "none",
            "known_hosts": str(self.site.known_hosts),
        }
        return {**ssh, **changes}

    def entry(self, name: str) -> NodeEntry:
        return NodeEntry("127.0.0.1", name=name, port=self.site.nodes[name].port)

    def update(self, *names: str) -> None:
        self.trials.update([self.entry(name) for name in names])

    async def over(self) -> dict[str, Tried]:
        async with asyncio.timeout(30):
            while not all(row.over for row in self.trials.rows):
                await asyncio.sleep(0.01)
        names = {self.entry(name).key: name for name in self.site.nodes}
        return {names.get(row.key, row.key): row for row in self.trials.rows}


@pytest.fixture
async def tries(site: Site) -> AsyncIterator[List]:
    tries = List(site)
    yield tries
    await tries.trials.close()


def is_machine(machine: str, boot: str) -> Callable[[str], str]:
    return lambda command: f"{PROBE} {machine} {machine} {boot}"


async def test_each_way_to_fail_has_its_state_and_its_next_move(site: Site, tries: List) -> None:
    for name in ("good", "gone", "locked", "small"):
        await site.add(name)
    await site.add("new", known=False)
    changed = await site.add("changed", known=False)
    site.know(changed, asyncssh.generate_private_key("ssh-ed25519"))
    site.nodes["gone"].stop()
    site.nodes["locked"].allowed = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    site.nodes["small"].rewrite = lambda command: "echo broken >&2; exit 3"
    tries.update("good", "gone", "locked", "small", "new", "changed")
    rows = await tries.over()
    assert {name: row.state for name, row in rows.items()} == {
        "good": "ok",
        "gone": "unreachable",
        "locked": "refused",
        "small": "failed",
        "new": "untrusted",
        "changed": "changed-key",
    }
    assert rows["good"].facts
    assert rows["good"].facts.cpus > 0
    assert all(row.said and row.next_move for name, row in rows.items() if name != "good")
    assert "CHANGED" in rows["changed"].said
    assert set(tries.changes) == {tries.entry(name).key for name in site.nodes}


async def test_unknown_keys_are_accepted_once_and_changed_ones_never(site: Site, tries: List) -> None:
    for name in ("a", "b"):
        await site.add(name, known=False)
    changed = await site.add("changed", known=False)
    site.know(changed, asyncssh.generate_private_key("ssh-ed25519"))
    tries.update("a", "b", "changed")
    await tries.over()
    keys = tries.trials.unknown_keys
    assert {key.fingerprint for key in keys} == {site.nodes[name].key.get_fingerprint() for name in ("a", "b")}
    assert await tries.trials.trust(keys) == 2
    rows = await tries.over()
    assert [rows[name].state for name in ("a", "b", "changed")] == ["ok", "ok", "changed-key"]
    assert not tries.trials.unknown_keys
    assert await tries.trials.trust(keys) == 0


async def test_a_bastion_that_is_not_known_is_asked_once_for_all_behind_it(site: Site, tries: List) -> None:
    bastion = await site.add("bastion", known=False)
    for name in ("a", "b", "c"):
        await site.add(name)
    way = {"address": "127.0.0.1", "port": bastion.port, "user": "root", "key": str(site.key_path)}
    tries.trials.settings(tries.ssh(bastion=way))
    tries.update("a", "b", "c")
    rows = await tries.over()
    assert {row.state for row in rows.values()} == {"untrusted"}
    assert [key.port for key in tries.trials.unknown_keys] == [bastion.port]
    # One login that was given up at the key, one question for the key.
    assert len(bastion.connections) <= 3
    await tries.trials.trust(tries.trials.unknown_keys)
    assert {row.state for row in (await tries.over()).values()} == {"ok"}


async def test_a_line_that_goes_is_left_alone_and_others_go_on(site: Site, tries: List) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    await site.add("good")
    hanging = NodeEntry("127.0.0.1", port=silent.getsockname()[1])
    tries.trials.update([hanging, tries.entry("good")])
    while {row.state for row in tries.trials.rows} != {"connecting", "ok"}:
        await asyncio.sleep(0.01)
    tries.update("good")
    assert [row.state for row in tries.trials.rows] == ["ok"]
    assert len(site.nodes["good"].connections) == 1
    silent.close()


async def test_nobody_is_asked_while_an_address_is_being_typed(site: Site) -> None:
    typed, meant = await site.add("typed"), await site.add("meant")
    tries = List(site)
    tries.trials = Trials(tries.ssh(), tries.changes.append, base=site.folder, settle_s=0.05)
    tries.update("typed")
    tries.update("meant")
    await tries.over()
    await tries.trials.close()
    assert (len(typed.connections), len(meant.connections)) == (0, 1)


async def test_one_machine_on_two_lines_and_a_copied_machine_are_told_apart(site: Site, tries: List) -> None:
    for name, machine, boot in (("a", "m1", "b1"), ("b", "m1", "b1"), ("c", "m1", "b2"), ("d", "m2", "b3")):
        (await site.add(name)).rewrite = is_machine(machine, boot)
    tries.update("a", "b", "c", "d")
    rows = await tries.over()
    first = tries.entry("a").key
    assert [rows[name].twin for name in "abcd"] == ["", first, first, ""]
    assert rows["b"].said == f"the same machine as {first}"
    assert "one is a copy of the other" in rows["c"].said
    assert "systemd-machine-id-setup" in rows["c"].next_move


async def test_sudo_that_asks_for_a_password_is_told_and_gets_one(site: Site, tries: List, tmp_path: Path) -> None:
    node = await site.add("a")
    node.shims = tmp_path / "bin"
    node.shims.mkdir()
    sudo = node.shims / "sudo"
    sudo.write_text('#!/bin/sh\n[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }\n'
                    'read -r given; [ "$given" = open ] || exit 1\n'
                    'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')  # fmt: skip
    sudo.chmod(0o755)
    tries.trials.settings(tries.ssh(user="admin"))
    tries.update("a")
    assert (await tries.over())["a"].state == "no-sudo"
    tries.trials.settings(tries.ssh(user="admin", sudo="password"), sudo_password=Secret("open"))
    assert (await tries.over())["a"].state == "ok"


async def test_a_retry_finds_a_node_that_has_come_up(site: Site, tries: List) -> None:
    node = await site.add("a")
    node.stop()
    tries.update("a")
    assert (await tries.over())["a"].state == "unreachable"
    await node.start()
    tries.trials.retry()
    assert (await tries.over())["a"].state == "ok"


async def test_settings_that_a_spec_would_refuse_are_refused(tries: List) -> None:
    with pytest.raises(BadUsage, match=r"ssh.port: '70000' is too large"):
        tries.trials.settings(tries.ssh(port=70000))


async def test_hosts_that_hang_keep_no_other_from_being_tried(site: Site, tries: List) -> None:
    for number in range(100):
        (await site.add(f"n{number}")).rewrite = is_machine(f"m{number}", f"b{number}")
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]
    hanging = [NodeEntry("127.0.0.1", port=one.getsockname()[1]) for one in silent]
    tries.trials.update([*hanging, *(tries.entry(name) for name in site.nodes)])
    async with asyncio.timeout(60):
        while sum(row.state == "ok" for row in tries.trials.rows) < 100:
            await asyncio.sleep(0.01)
    assert not any(row.over for row in tries.trials.rows[:20])
    assert not any(row.twin for row in tries.trials.rows)
    for one in silent:
        one.close()


async def test_names_that_a_dead_resolver_looks_up_keep_no_other_from_being_tried(
    site: Site, tries: List, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.add("a")
    look_up, answered = socket.getaddrinfo, threading.Event()

    def dead(host: str, *args: object, **more: object) -> object:
        if str(host).endswith(".test"):
            answered.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return look_up(host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", dead)
    names = [NodeEntry(f"n{number}.test") for number in range(20)]
    tries.trials.update([*names, tries.entry("a")])
    async with asyncio.timeout(20):
        while tries.trials.rows[-1].state != "ok":
            await asyncio.sleep(0.01)
    assert not any(row.over for row in tries.trials.rows[:-1])
    answered.set()


async def test_who_is_silent_for_long_gives_its_place_to_the_next() -> None:
    slots = Slots(1, patience_s=0.01)
    held = []

    async def hold(name: str, until: asyncio.Event) -> None:
        async with slots.take():
            held.append(name)
            await until.wait()

    never, at_once = asyncio.Event(), asyncio.Event()
    at_once.set()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(hold("silent", never))
        for name in ("second", "third"):
            group.create_task(hold(name, at_once))
        while len(held) < 3:
            await asyncio.sleep(0.001)
        never.set()
    assert held == ["silent", "second", "third"]
