"""What RKE1 needs of Docker and sshd: silent where it is there, and where another distribution is asked for."""

from typing import Any

import pytest

from tests.unit.checks.machines import machine, site
from tests.unit.checks.specs import spec
from wizard.checks.finding import Finding
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec

IDS = ("docker.engine", "docker.socket", "docker.driver", "disk.docker", "login.forwarding", "login.openssh")
FIT: dict[str, str | tuple[str, ...]] = {
    "x_docker__user": "ops ops docker",
    "x_docker__socket": "660 root:docker /var/run/docker.sock",
    "x_docker__reached": "yes",
    "x_docker__program": "yes",
    "x_docker__engine": "27.5.1 overlay2 systemd /var/lib/docker",
    "x_docker__d_type": "true",
    "x_sshd": (
        "allowtcpforwarding yes",
        "allowstreamlocalforwarding yes",
        "disableforwarding no",
        "permitopen any",
    ),
    "x_sshd__version": "9.2",
    "mount": ("ext4 100000 80000 rw,relatime /", "ext4 200000 180000 rw /var/lib/docker"),
}


def rke1(**changes: Any) -> Spec:
    """Return a spec for RKE1."""
    return spec(**{"distribution": "rke1", "version": "v1.30.14-rancher1-1", **changes})


def bad(wanted: Spec, facts: dict[str, Facts]) -> dict[str, Finding]:
    """Return what is not as wanted of the server, by check."""
    found = (check.judge(wanted, facts)["cp-1"] for check in CHECKS if check.id in IDS)
    return {each.check: each for each in found if each.verdict != "ok"}


def test_a_fit_node_is_fit_for_rke1() -> None:
    assert bad(rke1(), site(**FIT)) == {}


def test_other_distributions_ask_for_no_docker() -> None:
    assert bad(spec(), site()) == {}
    assert [each.text for each in fragments(spec(), spec().nodes[0]) if "docker.engine" in each.text][0].startswith(
        "rw_distribution=rke2\n"
    )


SICK: list[tuple[str, str, str, dict[str, Any]]] = [
    ("docker.engine", "fail", "docker is not there", {"x_docker__program": (), "x_docker__engine": ()}),
    ("docker.engine", "fail", "installed, and does not answer", {"x_docker__engine": ()}),
    ("docker.engine", "fail", "docker 1.12.6", {"x_docker__engine": "1.12.6 overlay2 systemd /var/lib/docker"}),
    ("docker.engine", "warn", "newer than what is known", {"x_docker__engine": "31.0.0 overlay2 systemd /x"}),
    ("docker.socket", "fail", "no socket is there", {"x_docker__socket": ()}),
    ("docker.socket", "fail", "ops may not write", {"x_docker__reached": "no", "x_docker__user": "ops ops adm"}),
    ("docker.socket", "fail", "root on Rocky", {"x_docker__user": "root root", "os_id": "rocky", "os_name": "Rocky"}),
    ("docker.driver", "fail", "devicemapper", {"x_docker__engine": "20.10.7 devicemapper cgroupfs /x"}),
    ("docker.driver", "warn", "vfs", {"x_docker__engine": "20.10.7 vfs cgroupfs /x"}),
    ("docker.driver", "fail", "does not tell file types", {"x_docker__d_type": "false"}),
    ("disk.docker", "warn", "on the system's own, of 100000 MiB", {"mount": "ext4 100000 80000 rw /"}),
    ("login.forwarding", "fail", "AllowTcpForwarding no", {"x_sshd": "allowtcpforwarding no"}),
    ("login.forwarding", "fail", "AllowTcpForwarding remote", {"x_sshd": "allowtcpforwarding remote"}),
    ("login.forwarding", "fail", "StreamLocalForwarding no", {"x_sshd": "allowstreamlocalforwarding no"}),
    ("login.forwarding", "fail", "DisableForwarding yes", {"x_sshd": "disableforwarding yes"}),
    ("login.forwarding", "fail", "PermitOpen 10.0.0.1:22", {"x_sshd": "permitopen 10.0.0.1:22"}),
    ("login.forwarding", "skipped", "did not tell", {"x_sshd": ()}),
    ("login.openssh", "fail", "OpenSSH 6.6.1", {"x_sshd__version": "6.6.1"}),
]


@pytest.mark.parametrize(("id", "verdict", "saw", "changed"), SICK, ids=[f"{row[0]}-{row[2]}" for row in SICK])
def test_what_rke1_lacks_is_named(id: str, verdict: str, saw: str, changed: dict[str, Any]) -> None:
    found = bad(rke1(), site(**FIT | changed))[id]
    assert found.verdict == verdict
    assert saw in found.saw
    assert found.next_move


@pytest.mark.parametrize(
    ("version", "docker", "fits"),
    [
        ("v1.22.17-rancher1-1", "20.10.7", True),
        ("v1.22.17-rancher1-1", "23.0.1", False),
        ("v1.22.17-rancher1-1", "29.0.1", True),  # newer than all that is known: a warning, rke has the last word
        ("v1.26.9-rancher1-1", "24.0.5", True),
        ("v1.26.9-rancher1-1", "20.11.0", False),
        ("v1.27.16-rancher1-1", "27.5.1", True),
        ("v1.30.14-rancher1-1", "19.03.15", True),
        ("v1.30.14-rancher1-1", "28.1.1", True),
    ],
)
def test_which_docker_goes_with_which_kubernetes(version: str, docker: str, fits: bool) -> None:
    facts = site(**FIT | {"x_docker__engine": f"{docker} overlay2 systemd /var/lib/docker"})
    found = bad(rke1(version=version), facts).get("docker.engine")
    assert (found is None or found.verdict == "warn") is fits


def test_a_running_node_of_rke1_is_the_clusters_own_by_the_name_of_its_kubelet() -> None:
    left: dict[str, Any] = {"x_left__process": "kubelet", "x_left__cni": "/etc/cni/net.d/10-canal.conflist"}
    check = next(each for each in CHECKS if each.id == "leftovers.cni")
    verdicts = [
        check.judge(rke1(), {"cp-1": machine(**FIT | left | {"x_docker__node": name})})["cp-1"].verdict
        for name in ("cp-1", "elsewhere")
    ]
    assert verdicts == ["ok", "fail"]


def test_what_apply_will_do_or_rke_was_told_to_take_stops_nothing() -> None:
    bare = site(**FIT | {"x_docker__program": (), "x_docker__engine": (), "x_docker__socket": ()})
    assert {"docker.engine", "docker.socket"} & bad(rke1(rke1={"docker": "install"}), bare).keys() == set()
    old = site(**FIT | {"x_docker__engine": "1.12.6 overlay2 systemd /var/lib/docker"})
    assert bad(rke1(rke1={"ignore_docker_version": True}), old)["docker.engine"].verdict == "warn"
