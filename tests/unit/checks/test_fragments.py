"""The probe's fragments on this very machine: they end, print what is read, and leave nothing."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.checks.specs import spec
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments
from wizard.checks.seen import disk, file_system, links, values
from wizard.hosts.facts import PROBE, Facts, read_facts


def looked(folder: Path) -> Facts:
    """Run the probe with all fragments here, as a server whose data folder is `folder`."""
    wanted = spec(
        options={"server": {"data-dir": str(folder)}},
        source={"kind": "folder", "path": "release"},
        storage={"kind": "longhorn", "path": f"{folder}/no such/volumes"},
    )
    parts = "".join(f"(\nset +eu\n{each.text}\n)\n" for each in fragments(wanted, wanted.nodes[0], images_mib=7))
    done = subprocess.run(["sh", "-c", PROBE.text + "\n" + parts], capture_output=True, text=True, timeout=90)
    return read_facts(done.stdout.splitlines())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database was written to long ago."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "server/db").mkdir(parents=True)
    os.utime(folder / "server/db", (0, 1_700_000_000))
    return folder


@pytest.fixture(scope="module")
def facts(place: Path) -> Facts:
    return looked(place)


def test_what_is_printed_is_read(facts: Facts, place: Path) -> None:
    there = file_system(facts, str(place))
    assert there is not None
    assert there.writable
    assert there.size_mib > 0
    assert facts.first("x.images_mib") == "7"
    assert any(link.name == "lo" for link in links(facts))
    assert facts.first("x.name.localhost").split()[1] in ("127.0.0.1", "-")
    assert facts.first("x.init")


def test_storage_is_looked_at_where_it_is_asked_for(facts: Facts, place: Path) -> None:
    assert {"awk", "bash", "grep"} <= set(values(facts, "x.storage.tool"))
    assert facts.first("x.storage.propagation") in ("shared", "private")
    there = file_system(facts, f"{place}/no such/volumes")
    assert there is not None
    assert there.size_mib > 0
    assert disk(facts, str(place)).kind in ("nvme", "ssd", "turning", "")


def test_etcds_disk_is_measured_and_nothing_is_left_there(facts: Facts, place: Path) -> None:
    if facts.first("x.fsync") == "busy":
        pytest.skip("an etcd runs on this machine")
    tool, writes, p50, p99, longest = facts.first("x.fsync").split()
    assert tool in ("fio", "dd")
    assert int(writes) >= 20
    assert 0 < int(p50) <= int(p99) <= int(longest)
    assert list(place.rglob("*")) == [place / "server", place / "server/db"]
    assert (place / "server/db").stat().st_mtime == 1_700_000_000


def test_every_check_judges_this_machine(facts: Facts) -> None:
    for check in CHECKS:
        for found in check.judge(spec(), {"cp-1": facts, "worker-1": facts}).values():
            assert found.saw


def test_words_of_the_spec_are_words_and_no_commands(tmp_path: Path) -> None:
    hostile = spec(proxy={"https": "http://proxy.example.com:3128", "no_proxy": ("$(touch x)", "'; touch y; '")})
    texts = [each.text for each in fragments(hostile, hostile.nodes[0])]
    for text in texts:
        head = text.partition("#!/bin/sh")[0]
        subprocess.run(["sh", "-c", head], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
