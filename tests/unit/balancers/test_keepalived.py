"""keepalived on a pair: its file, what is proven before it carries an address, and what of it is seen afterwards."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import ScriptedHost, site_of, work_on
from wizard.balancers.keepalived.config import CONF, PASSWORD_LENGTH, Peer, Vip, text
from wizard.balancers.keepalived.free import ProveFree
from wizard.balancers.keepalived.pair import Pair, new_password
from wizard.balancers.keepalived.state import link_towards, read_state
from wizard.balancers.keepalived.steps import Carried, ConfigureKeepalived
from wizard.errors import StepFailed
from wizard.hosts.facts import read_facts

LB1 = ["x.vip.link=eth0 10.0.0.2/24", "x.vip.link=cni0 10.42.0.1/24", "x.vip.mac=02:00:00:00:00:01"]
LB2 = ["x.vip.link=ens3 10.0.0.3/24", "x.vip.mac=02:00:00:00:00:02"]
SEEN = {"lb-1": LB1, "lb-2": LB2}


def pair_of(folder: Path, facts: dict[str, list[str]] | None = None) -> Pair:
    site = site_of(front(), folder, SEEN if facts is None else facts)
    return Pair(site, site.spec.front)


def value(conf: str, key: str) -> str:
    return next(line.split()[1] for line in conf.splitlines() if line.strip().startswith(f"{key} "))


def test_the_two_files_agree_on_all_but_who_is_who(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    one, two = (pair.text(name, password="s3cr3t-8") or "" for name in ("lb-1", "lb-2"))
    assert value(one, "priority") != value(two, "priority")
    assert (value(one, "interface"), value(two, "interface")) == ("eth0", "ens3")
    assert (value(one, "unicast_src_ip"), value(two, "unicast_src_ip")) == ("10.0.0.2", "10.0.0.3")
    assert "        10.0.0.3\n" in one
    assert "        10.0.0.2\n" in two
    for conf in (one, two):
        assert "state BACKUP" in conf
        assert "nopreempt" in conf
        assert "auth_pass s3cr3t-8" in conf


@pytest.mark.parametrize("v6", [False, True])
def test_keepalived_itself_finds_nothing_wrong_with_it(v6: bool, tmp_path: Path) -> None:
    device = next((each.name for each in Path("/sys/class/net").iterdir() if each.name != "lo"), None)
    if not (shutil.which("keepalived") and device):
        pytest.skip("keepalived or a network interface is not on this machine")
    net, prefix = ("fd00:10::", 64) if v6 else ("10.0.0.", 24)
    peers = (Peer("lb-1", f"{net}2", device), Peer("lb-2", f"{net}3", device))
    conf = text("# ours", Vip(f"{net}9", prefix, 51), peers[0], peers, password="s3cr3t-8")
    # 2.2.7 ends itself by SIGTERM on a file with scripts.
    plain = re.sub(r"(?m)^( *)(vrrp|track)_script .*\{\n(?:.*\n)*?\1\}\n", "", conf)
    assert "script " not in plain.replace("script_user", "").replace("enable_script_security", "")
    plain = re.sub(r"(?m)^ *(script_user|enable_script_security).*\n", "", plain)
    (tmp_path / "keepalived.conf").write_text(plain)
    done = subprocess.run(
        ["keepalived", "-t", "-f", tmp_path / "keepalived.conf"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_password_is_as_long_as_vrrp_reads_and_is_not_made_for_ipv6() -> None:
    assert len(new_password().reveal()) == PASSWORD_LENGTH == 8
    peers = (Peer("lb-1", "fd00::2", "eth0"), Peer("lb-2", "fd00::3", "eth0"))
    assert "auth_pass" not in text("#", Vip("fd00::9", 64, 51), peers[0], peers, password="s3cr3t-8")


def test_the_plan_shows_the_file_with_its_password_masked(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    pair.site.vault.ensure("vrrp-password", new_password)
    secret = pair.site.vault.get("vrrp-password")
    conf = next(file for file in ConfigureKeepalived(pair).files("lb-1") if file.path == CONF)
    assert secret
    assert secret.reveal() not in conf.shown
    assert conf.mode == 0o600
    assert conf.sha256


def test_a_machine_that_was_not_looked_at_gets_its_file_later(tmp_path: Path) -> None:
    step = ConfigureKeepalived(pair_of(tmp_path, {}))
    assert not any(file.sha256 for file in step.files("lb-1") if file.path == CONF)
    assert not step.settled("lb-1", step.pair.site.survey)


async def test_a_machine_in_another_network_can_not_carry_the_address(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, {"lb-1": ["x.vip.link=eth0 10.9.0.2/24"], "lb-2": LB2})
    with pytest.raises(StepFailed, match=r"no interface is in the network of 10\.0\.0\.9: it has eth0 10\.9\.0\.2/24"):
        await ProveFree(pair, pair.configured).carry_out(work_on("lb-1", {"lb-1": ScriptedHost("lb-1")}))


async def proven(pair: Pair, *lines: str) -> list[str]:
    said: list[str] = []
    host = ScriptedHost("lb-1", {"vip_free": [["here=no", "program=perl", *lines]]})
    await ProveFree(pair, pair.configured).carry_out(work_on("lb-1", {"lb-1": host}, said))
    return said


async def test_an_address_that_somebody_answers_for_is_not_taken(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    with pytest.raises(StepFailed, match="is in use: aa:bb:cc:00:00:01 answers for it"):
        await proven(pair, "mac=AA:bb:cc:00:00:01")
    with pytest.raises(StepFailed, match="is on this machine already"):
        await proven(pair, "here=yes")
    await proven(pair, "mac=02:00:00:00:00:02")


async def test_a_router_id_that_is_heard_from_others_is_not_taken(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    with pytest.raises(StepFailed, match=r"router id 51 is in use in this network: 10\.0\.0\.77"):
        await proven(pair, "heard=10.0.0.77 51 100")
    assert await proven(pair, "heard=10.0.0.3 51 249", "heard=10.0.0.77 52 100", "heard=x 51x", "heard=")


def test_what_is_ours_already_needs_no_proof(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    assert not ProveFree(pair, pair.configured).settled("lb-1", pair.site.survey)
    ours = pair_of(tmp_path, {"lb-1": LB1, "lb-2": [*LB2, f"x.keepalived.marker={pair.first_line}"]})
    assert ProveFree(ours, ours.configured).settled("lb-1", ours.site.survey)


async def test_a_configuration_of_somebody_else_is_refused_with_its_first_line(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    host = ScriptedHost("lb-1", {"keepalived_conf": [[f"foreign={CONF}: ! by hand"]]})
    with pytest.raises(StepFailed, match=f"somebody else's configuration is there: {CONF}: ! by hand"):
        await ConfigureKeepalived(pair).carry_out(work_on("lb-1", {"lb-1": host}))
    assert "auth_pass" in host.stdin[0]
    assert not any("auth_pass" in arg for _, args in host.ran for arg in args)


async def test_an_address_on_both_machines_is_a_failure_that_names_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.balancers.keepalived.steps.AGAIN_S", 0)
    pair = pair_of(tmp_path)
    hosts = {name: ScriptedHost(name, {"vip_here": [["carries=yes"]]}) for name in ("lb-1", "lb-2")}
    with pytest.raises(StepFailed, match=r"lb-1 and lb-2 carry 10\.0\.0\.9 at once") as failed:
        await Carried(pair).carry_out(work_on("lb-1", hosts))
    assert "protocol 112" in failed.value.hint


async def test_the_address_may_be_on_its_way_from_one_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.balancers.keepalived.steps.AGAIN_S", 0)
    one = ScriptedHost("lb-1", {"vip_here": [["carries=no"], ["carries=yes"], ["carries=yes"]]})
    two = ScriptedHost("lb-2", {"vip_here": [["carries=no"], ["carries=yes"], ["carries=no"]]})
    said: list[str] = []
    await Carried(pair_of(tmp_path)).carry_out(work_on("lb-1", {"lb-1": one, "lb-2": two}, said))
    assert said == ["lb-1 carries 10.0.0.9"]


@given(st.lists(st.text(max_size=60), max_size=10))
def test_no_probe_however_odd_is_too_odd_to_read(lines: list[str]) -> None:
    state = read_state(read_facts([f"x.vip.link={line}" for line in lines] + lines))
    assert link_towards(state.links, "10.0.0.9") is None or state.links


@given(st.integers(1, 254), st.integers(9, 30))
def test_the_link_towards_the_address_is_one_whose_network_has_it(host: int, prefix: int) -> None:
    state = read_state(read_facts([f"x.vip.link=eth0 10.0.0.{host}/{prefix}", "x.vip.link=eth1 192.168.0.1/24"]))
    link = link_towards(state.links, "10.0.0.9")
    assert (link is None) == (host == 9 or (host ^ 9) >> (32 - prefix) > 0)


async def test_in_a_cloud_no_virtual_ip_is_tried(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, {"lb-1": [*LB1, "x.vip.platform=AWS"], "lb-2": LB2})
    host = ScriptedHost("lb-1")
    with pytest.raises(StepFailed, match="it is a machine of AWS, where no address moves by ARP") as refused:
        await ProveFree(pair, pair.configured).carry_out(work_on("lb-1", {"lb-1": host}))
    assert "handoff" in refused.value.hint
    assert host.ran == []
