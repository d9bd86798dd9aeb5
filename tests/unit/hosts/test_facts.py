"""Facts: a real probe of this machine, and hostile text that must never raise."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hosts.site import Site
from wizard.hosts.facts import Facts, FileFact, Listener, Mount, probe, read_facts
from wizard.hosts.script import Script

KEYS = ("hostname", "cpus", "clock_s", "address", "mount", "module", "sysctl", "unit", "listener", "file", "x.a")


async def test_a_probe_tells_what_this_machine_is_in_one_channel(site: Site, tmp_path: Path) -> None:
    node = await site.add("cp-1")
    there = tmp_path / "a file"
    there.write_text("hello\n")
    there.chmod(0o640)
    fragment = Script("part", 'echo "x.part=one two"; echo x.part=three; exit 7')
    broken = Script("broken", 'set -eu; echo "x.broken=$nothing"')
    facts = await probe(
        site.wire(site.target("cp-1")).host("cp-1"), files=(str(there), "/no/such"), extra=(broken, fragment)
    )
    assert len(node.commands) == 1
    assert facts.lists["x.part"] == ("one two", "three")
    assert set(facts.files) == {str(there)}
    fact = facts.files[str(there)]
    assert fact.sha256 == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    assert (fact.mode, fact.mtime_s) == (0o640, int(there.stat().st_mtime))
    assert facts.memory_mib > 0
    assert facts.cpus > 0
    assert facts.clock_s > 1_700_000_000
    assert facts.cgroup in ("v1", "v2")
    assert facts.mount_of("/etc/rancher")
    assert facts.sysctls["kernel.panic"]


def test_each_kind_of_line_is_read() -> None:
    facts = read_facts(
        [
            "hostname=cp-1",
            "cpus=4",
            "memory_mib=7963",
            "clock_s=1795493874.25",
            "address=10.0.0.11 24 eth0",
            "default_route=10.0.0.1 eth0",
            "mount=ext4 100 40 rw,relatime /var/lib with space",
            "mount=xfs 50 10 rw,noexec /",
            "module=br_netfilter",
            "sysctl=net.ipv4.ip_forward 1",
            "sysctl=kernel.x 1 2 3",
            "unit=firewalld.service active enabled",
            "unit=nm-cloud-setup.timer inactive -",
            "listener=tcp 6443 kube api",
            "listener=udp 53 -",
            "file=- 755 root:root 12 /etc/dir",
            "x.rke2.version=v1=2",
        ]
    )
    assert facts.addresses == ("10.0.0.11",)
    assert facts.default_route == "10.0.0.1 eth0"
    assert facts.clock_s == 1795493874.25
    assert facts.mounts[0] == Mount("/var/lib with space", "ext4", 100, 40, ("rw", "relatime"))
    assert facts.mount_of("/var/lib with space/x") == facts.mounts[0]
    assert facts.mount_of("/var/lib with spacex") == facts.mounts[1]
    assert facts.sysctls == {"net.ipv4.ip_forward": "1", "kernel.x": "1 2 3"}
    assert facts.units == {"firewalld": ("active", "enabled"), "nm-cloud-setup.timer": ("inactive", "")}
    assert facts.listeners == (Listener("tcp", 6443, "kube api"), Listener("udp", 53, ""))
    assert facts.files == {"/etc/dir": FileFact("", 0o755, "root:root", 12)}
    assert facts.lists == {"x.rke2.version": ("v1=2",)}


@pytest.mark.parametrize("number", ["9" * 5000, "-4", "٣", "1e9", "0x10", "", " "])
def test_what_is_no_number_counts_as_zero(number: str) -> None:
    assert read_facts([f"cpus={number}", f"uptime_s={number}"]) == Facts()


@given(st.lists(st.text() | st.builds("{}={}".format, st.sampled_from(KEYS), st.text())))
def test_no_text_makes_reading_facts_raise(lines: list[str]) -> None:
    assert isinstance(read_facts(lines), Facts)


def test_a_flood_of_lines_is_bounded() -> None:
    facts = read_facts(f"x.flood={'y' * 9000}" for _ in range(1_000_000))
    assert len(facts.lists["x.flood"]) <= 20_000
    assert max(map(len, facts.lists["x.flood"])) <= 4000
