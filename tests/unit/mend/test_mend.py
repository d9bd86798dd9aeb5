"""What a mend's script tells is read, whatever else a node prints; what was mended is on record."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.checks.specs import spec
from wizard.bundle.format.manifest import Entry
from wizard.checks.finding import fail
from wizard.checks.known import CHECKS
from wizard.checks.matrix import Judged, Matrix
from wizard.hosts.facts import Facts
from wizard.mend import record
from wizard.mend.mend import MENDS, Change, Doing, read
from wizard.mending import offers


def test_commands_files_and_remarks_are_told_apart() -> None:
    lines = [
        "run=swapoff -a",
        "file=/etc/fstab",
        "old=/dev/vda2 none swap sw 0 0",
        "new=# /dev/vda2 none swap sw 0 0",
        "some command's own words",
        "say=done as asked",
    ]
    change = Change("/etc/fstab", ("/dev/vda2 none swap sw 0 0",), ("# /dev/vda2 none swap sw 0 0",))
    assert read(lines) == Doing(("swapoff -a",), (change,), ("done as asked",))
    assert "+# /dev/vda2 none swap sw 0 0" in change.difference()


@given(st.lists(st.text()))
def test_any_output_is_read(lines: list[str]) -> None:
    doing = read(lines)
    assert len(doing.commands) == sum(line.startswith("run=") for line in lines)


def test_what_stands_is_what_was_begun_and_not_taken_back_the_latest_first(tmp_path: Path) -> None:
    for node, mend, verb in (
        ("n1", "swap", "begun"),
        ("n1", "swap", "done"),
        ("n2", "time", "begun"),
        ("n1", "modules", "begun"),
        ("n1", "modules", "failed"),
        ("n2", "time", "undone"),
    ):
        record.note(tmp_path, node, mend, verb)  # type: ignore[arg-type]
    assert record.standing(tmp_path) == (("n1", "modules"), ("n1", "swap"))


def test_a_record_torn_by_a_crash_is_read_up_to_the_tear(tmp_path: Path) -> None:
    record.note(tmp_path, "n1", "swap", "done")
    with (tmp_path / record.NAME).open("a") as file:
        file.write('{"at": 1, "node": "n')
    assert record.standing(tmp_path) == (("n1", "swap"),)
    assert (tmp_path / record.NAME).stat().st_mode & 0o777 == 0o600


def test_what_is_offered_answers_the_findings_of_that_node(tmp_path: Path) -> None:
    asked = spec()
    matrix = Matrix(("cp-1", "worker-1"), CHECKS)
    inotify = fail("128", wanted="8192", next_move="Set it.", fix="sysctls").by("sysctl.inotify", "should")
    iptables = fail("not there", wanted="it", next_move="Install it.", fix="packages").by("firewall.iptables", "should")
    matrix.apply(Judged("cp-1", (inotify, iptables)))
    matrix.apply(Judged("worker-1", (iptables,)))
    found = offers(asked, matrix, {"cp-1": Facts(os_id="rocky"), "worker-1": Facts(os_id="plan9")}, base=tmp_path)
    assert [(offer.node, offer.mend.id, offer.args) for offer in found] == [
        (
            "cp-1",
            "sysctls",
            (
                "/etc/sysctl.d/91-rancher-wizard.conf",
                "fs.inotify.max_user_instances=8192",
                "fs.inotify.max_user_watches=524288",
            ),
        ),
        ("cp-1", "packages", ("iptables-nft",)),
    ]


def test_every_fix_that_a_finding_can_name_is_a_mend_there_is() -> None:
    from typing import get_args

    from wizard.checks.finding import Fix

    assert set(get_args(Fix)) - {""} == set(MENDS)


def test_a_mend_installs_what_the_bundle_has_for_that_node_and_asks_no_mirror(tmp_path: Path) -> None:
    packages = [
        (Entry(kind="package", name=f"packages/{name}", sha256=digest_of(name.encode()), source="apt:x"), name.encode())
        for name in ("rhel-9/iptables-nft/iptables-nft-1.8.rpm", "debian-12/chrony/chrony_4.3_amd64.deb")
    ]
    asked = spec().model_copy(update={"source": write_signed(tmp_path, *packages)})
    matrix = Matrix(("cp-1", "worker-1"), CHECKS)
    iptables = fail("not there", wanted="it", next_move="Install it.", fix="packages").by("firewall.iptables", "should")
    clock = fail("nobody", wanted="a clock", next_move="Install it.", fix="time").by("time.skew", "should")
    matrix.apply(Judged("cp-1", (iptables,)))
    matrix.apply(Judged("worker-1", (iptables, clock)))
    known = {
        "cp-1": Facts(os_id="rocky", os_version="9.4", arch="x86_64"),
        "worker-1": Facts(os_id="debian", os_version="12", arch="x86_64"),
    }
    found = {(each.node, each.mend.id): each for each in offers(asked, matrix, known, base=tmp_path)}
    folder = "/var/lib/rancher-wizard/packages"
    assert found["cp-1", "packages"].args == ("--from", f"{folder}/packages", "iptables-nft")
    assert found["cp-1", "packages"].packages is not None
    assert found["worker-1", "time"].args[:3] == ("--from", f"{folder}/time", "chrony")
    assert found["worker-1", "packages"].args == ("iptables",)
