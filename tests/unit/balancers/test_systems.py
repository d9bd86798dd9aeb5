"""HAProxy, keepalived and the firewall on Debian, Ubuntu, RHEL's family and SLES: each by its own tools, and undone."""

from pathlib import Path

import pytest

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import ScriptedHost, site_of, work_on
from tests.unit.balancers.systems import SYSTEMS, System
from wizard.balancers.front_firewall import NAME as FIREWALL
from wizard.balancers.front_firewall import SCRIPT, OpenFront, wanted
from wizard.balancers.haproxy.configure import CONF
from wizard.balancers.haproxy.install import NAME, PACKAGE, InstallHaproxy, elsewhere
from wizard.balancers.haproxy.steps import REMOVE
from wizard.balancers.keepalived.scripts import PACKAGE as KEEPALIVED
from wizard.balancers.part import BALANCERS
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts

INSTALLED_BY = {
    "debian-12": "apt-get -q -y",
    "ubuntu-24.04": "apt-get -q -y",
    "rhel-8": "dnf -q -y",
    "rocky-9": "dnf -q -y",
    "sles-15": "zypper --non-interactive",
}
CLOSED = ["x.firewall.active=firewalld"]


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    return System.at(tmp_path / "system", request.param)


def configure(system: System, digest: str) -> list[str]:
    config, drop_in = system.folder / "haproxy.cfg", system.folder / "unit.d/50-rancher-wizard.conf"
    text = f"# ours\nglobal\n    description rancher-wizard {digest}\n"
    args = (str(config), str(drop_in), "socket", digest, "[Service]", str(system.folder / "drained"))
    return system.run(CONF, NAME, "apply", *args, stdin=text)


def test_packages_come_by_the_systems_own_manager_and_go_by_it(system: System) -> None:
    system.run(PACKAGE, NAME, "apply", "haproxy", "socat")
    system.run(KEEPALIVED, "keepalived", "apply", "keepalived")
    first, second = (line for line in system.ran if line.startswith(INSTALLED_BY[system.name]))
    assert first.endswith("haproxy socat")
    assert second.endswith("keepalived")
    before = len(system.ran)
    system.run(PACKAGE, NAME, "apply", "haproxy", "socat")
    assert len(system.ran) == before
    assert system.run(REMOVE, NAME, "undo", str(system.folder / "certs"), str(system.folder / "drained"))[-1] == "gone"
    (removed,) = [line for line in system.ran if " remove " in line or " purge " in line]
    assert removed.startswith(INSTALLED_BY[system.name].split()[0])
    assert removed.endswith("haproxy socat")


def test_selinux_lets_haproxy_through_where_it_is_and_is_as_it_was_afterwards(system: System) -> None:
    assert configure(system, "one")[-1] == "changed"
    assert configure(system, "one")[-1] == "unchanged"
    told = [line for line in system.ran if line.startswith("setsebool")]
    assert told == (["setsebool -P haproxy_connect_any 1"] if "setsebool" in SYSTEMS[system.name] else [])
    system.run(REMOVE, NAME, "undo", str(system.folder / "certs"), str(system.folder / "drained"))
    if told:
        assert (system.folder / "boolean").read_text() == "haproxy_connect_any --> off\n"
    assert not (system.folder / "haproxy.cfg").exists()
    assert not (system.folder / "unit.d").exists()
    assert not (system.folder / "kept").exists()


def test_the_firewall_is_opened_for_ports_and_vrrp_and_closed_again(system: System) -> None:
    items = wanted(front(), "lb-1")
    assert items == ("80/tcp", "443/tcp", "6443/tcp", "9345/tcp", "8404/tcp", "vrrp@10.0.0.3")
    opened = system.run(SCRIPT, FIREWALL, "apply", *items)
    rule = 'rule family="ipv4" source address="10.0.0.3" protocol value="vrrp" accept'
    if "firewall-cmd" in SYSTEMS[system.name]:
        assert f"run=firewall-cmd -q --permanent --add-rich-rule={rule}" in opened
        assert f"run=firewall-cmd -q --add-rich-rule={rule}" in opened
        assert f"rich-rule={rule}" in (system.folder / "open-now").read_text().splitlines()
    else:
        assert "run=ufw allow from 10.0.0.3" in opened
    assert system.run(SCRIPT, FIREWALL, "apply", *items) == []
    assert system.run(SCRIPT, FIREWALL, "undo")[-1] == "gone"
    for place in ("open-now", "open-kept"):
        assert not (system.folder / place).exists() or not (system.folder / place).read_text()
    assert not (system.folder / "kept").exists()


def test_what_an_operator_had_opened_stays_open(tmp_path: Path) -> None:
    system = System.at(tmp_path / "system", "rocky-9")
    for place in ("open-now", "open-kept"):
        (system.folder / place).write_text("port=443/tcp\n")
    system.run(SCRIPT, FIREWALL, "apply", "443/tcp", "80/tcp")
    system.run(SCRIPT, FIREWALL, "undo")
    assert (system.folder / "open-kept").read_text() == "port=443/tcp\n"


def test_it_is_opened_with_consent_alone_and_told_of_otherwise(tmp_path: Path) -> None:
    left = site_of(front(), tmp_path / "left", {"lb-1": CLOSED})
    assert any("firewalld runs and is left alone; it must let in 80/tcp" in note for note in BALANCERS.notes(left))
    site = site_of(front(more="prepare: {firewall: open}\n"), tmp_path / "open", {"lb-1": CLOSED})
    assert not any("left alone" in note for note in BALANCERS.notes(site))
    (stage,) = BALANCERS.stages(site)
    assert any(isinstance(step, OpenFront) for step in stage.steps)
    step = OpenFront(site)
    open_ = [f"x.firewall.open={item}" for item in wanted(site.spec, "lb-1")]
    for lines, settled in ((CLOSED, False), (CLOSED + open_, True), (CLOSED + open_[:-1], False), ([], True)):
        survey = site_of(site.spec, tmp_path / f"{len(lines)}", {"lb-1": lines}).survey
        assert step.settled("lb-1", survey) is settled


def test_where_packages_are_kept_apart_it_is_said_where() -> None:
    assert "High Availability extension" in elsewhere(Facts(os_id="sles"))
    assert elsewhere(Facts(os_id="rocky")) == ""


async def test_the_haproxy_of_rhel_8_is_refused_by_its_age(tmp_path: Path) -> None:
    facts = ["os_name=Red Hat Enterprise Linux 8.10", "x.haproxy.version=1.8.27", "x.haproxy.tool=yes"]
    host = ScriptedHost("lb-1", {"probe": [facts]})
    with pytest.raises(StepFailed, match=r"HAProxy 1\.8\.27 of Red Hat Enterprise Linux 8\.10 is too old") as refused:
        await InstallHaproxy(site_of(front(), tmp_path)).carry_out(work_on("lb-1", {"lb-1": host}))
    assert "needs HAProxy 2.2" in refused.value.cause
