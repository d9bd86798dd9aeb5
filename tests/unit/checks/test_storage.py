"""What the chosen storage needs on nodes: silent where it is there, and where no storage is asked for."""

from typing import Any

import pytest

from tests.unit.checks.machines import machine, site
from tests.unit.checks.specs import spec
from wizard.checks.finding import Finding
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments
from wizard.hosts.facts import Facts
from wizard.mend.wanted import packages
from wizard.spec.models import Spec

LONGHORN: dict[str, Any] = {"kind": "longhorn", "shared": True}
NFS: dict[str, Any] = {"kind": "nfs", "server": "10.0.0.9", "export": "/srv"}
FIT: dict[str, str | tuple[str, ...]] = {
    "unit": ("chrony.service active enabled", "iscsid.socket active enabled"),
    "module": ("overlay", "br_netfilter", "nf_conntrack", "vxlan", "iscsi_tcp", "nfs", "nfs4"),
    "mount": ("ext4 100000 80000 rw,relatime /", "xfs 200000 180000 rw /var/lib/longhorn"),
    "x_storage__tool": ("awk", "bash", "blkid", "curl", "findmnt", "grep", "lsblk"),
    "x_storage__propagation": "shared",
    "x_disk": "nvme nvme1n1 /var/lib/longhorn",
    "x_fs": (
        "ext2/ext3 6500000 6400000 rw 100000 80000 /var/lib/rancher/rke2",
        "xfs 0 0 rw 200000 180000 /var/lib/longhorn",
    ),
}


def bad(wanted: Spec, facts: dict[str, Facts]) -> dict[str, Finding]:
    """Return what is not as wanted of the server, by check."""
    found = (check.judge(wanted, facts)["cp-1"] for check in CHECKS if check.id.startswith("storage."))
    return {each.check: each for each in found if each.verdict != "ok"}


def test_a_fit_node_is_fit_for_longhorn() -> None:
    assert bad(spec(storage=LONGHORN), site(**FIT)) == {}


SICK: list[tuple[str, str, dict[str, Any]]] = [
    ("storage.iscsi", "iscsiadm is not there", {"without": "x.tool=iscsiadm"}),
    ("storage.iscsi", "iscsid does not run", {"unit": "chrony.service active enabled"}),
    ("storage.nfs", "mount.nfs", {"without": "x.tool=mount.nfs"}),
    ("storage.modules", "iscsi_tcp", {"module": ("nfs", "nfs4")}),
    ("storage.tools", "without bash, curl", {"x_storage__tool": ("awk", "blkid", "findmnt", "grep", "lsblk")}),
    ("storage.multipath", "every disk", {"unit": ("iscsid.service active -", "multipathd.service active enabled")}),
    ("storage.propagation", "private", {"x_storage__propagation": "private"}),
    ("storage.file_system", "btrfs under /var/lib/longhorn", {"x_fs": "btrfs 0 0 rw 9 9 /var/lib/longhorn"}),
    ("storage.file_system", "read-only", {"x_fs": "xfs 0 0 ro 9 9 /var/lib/longhorn"}),
    ("storage.room", "100 MiB free of 1000", {"x_fs": "xfs 0 0 rw 1000 100 /var/lib/longhorn"}),
]


@pytest.mark.parametrize(("id", "saw", "changed"), SICK, ids=[f"{row[0]}-{row[1]}" for row in SICK])
def test_what_longhorn_lacks_is_named_alone(id: str, saw: str, changed: dict[str, Any]) -> None:
    found = bad(spec(storage=LONGHORN), site(**(FIT | changed)))
    assert {name: each.verdict for name, each in found.items()} == {id: "fail"}
    assert saw in found[id].saw


def test_a_blacklist_keeps_multipathd_off_volumes() -> None:
    unit = ("iscsid.service active -", "multipathd.service active enabled")
    assert bad(spec(storage=LONGHORN), site(**(FIT | {"unit": unit, "x_storage__multipath": "spares"}))) == {}


def test_volumes_beside_the_system_or_on_a_turning_disk_are_a_warning() -> None:
    shared = FIT | {"mount": "ext4 100000 80000 rw /", "x_disk": "turning sda /var/lib/longhorn"}
    found = bad(spec(storage=LONGHORN), site(**shared))
    assert {name: each.verdict for name, each in found.items()} == {"storage.disk": "warn"}
    assert "as RKE2's own data, a turning disk" in found["storage.disk"].saw


def test_clones_with_one_initiator_name_are_named_with_each_other() -> None:
    one = FIT | {"x_storage__initiator": "iqn.1993-08.org.debian:01:abc"}
    found = bad(spec(storage=LONGHORN), {name: machine(name, **one) for name in ("cp-1", "worker-1")})
    assert found["storage.initiator"].saw == "the same iSCSI name as worker-1: iqn.1993-08.org.debian:01:abc"


def test_an_nfs_server_that_is_told_must_answer() -> None:
    fit = FIT | {"unit": "chrony.service active enabled"}
    assert bad(spec(storage=NFS), site(**(fit | {"x_storage__nfs": "open"}))) == {}
    found = bad(spec(storage=NFS), site(**(fit | {"x_storage__nfs": "closed"})))
    assert {name: each.saw for name, each in found.items()} == {"storage.nfs_server": "10.0.0.9:2049 does not answer"}


def test_a_node_that_runs_no_applications_is_not_asked_for_anything() -> None:
    nodes = (
        {"name": "cp-1", "address": "10.0.0.11", "role": "server", "taints": ["CriticalAddonsOnly=true:NoExecute"]},
        {"name": "worker-1", "address": "10.0.0.21", "role": "agent"},
    )
    wanted = spec(storage=LONGHORN, nodes=nodes)
    assert bad(wanted, site(without="x.tool")) == {}
    asked = {node.name: "rw_storage=longhorn" in fragments(wanted, node)[0].text for node in wanted.nodes}
    assert asked == {"cp-1": False, "worker-1": True}


@pytest.mark.parametrize(
    ("os", "package"), [("debian", "open-iscsi"), ("rocky", "iscsi-initiator-utils"), ("sles", "open-iscsi")]
)
def test_what_is_missing_can_be_installed_by_its_name_there(os: str, package: str) -> None:
    assert packages(["storage.iscsi"], machine(os_id=os)) == (package,)
