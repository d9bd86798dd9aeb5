"""Rancher's traps that nodes and spec tell of before anything is installed."""

from typing import Any

import pytest

from tests.unit.checks.machines import machine
from tests.unit.checks.specs import spec
from wizard.checks.finding import Finding
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments, names
from wizard.spec.models import Spec

HOST = "rancher.example.com"
RANCHER: dict[str, Any] = {"version": "2.13.3", "hostname": HOST}


def site(**more: Any) -> Spec:
    return spec(rancher=RANCHER | more.pop("rancher", {}), **more)


def said(id: str, wanted: Spec, **changed: Any) -> Finding:
    """Return what a check says of the agent, which carries applications."""
    check = next(each for each in CHECKS if each.id == id)
    return check.judge(wanted, {"worker-1": machine("worker-1", **changed)})["worker-1"]


def test_rancher_s_name_is_looked_up_and_is_none_that_nodes_join_at() -> None:
    assert f"rw_names={HOST}\n" in fragments(site(), site().nodes[0])[0].text
    assert names(site()) == ()


@pytest.mark.parametrize(
    ("answer", "verdict", "saw"),
    [
        ("10.0.0.21", "ok", f"{HOST} is 10.0.0.21"),
        ("10.0.0.11", "warn", "10.0.0.11, which is no door"),  # a server: the ingress runs on agents
        ("192.0.2.7", "warn", "192.0.2.7, which is no door"),
        ("-", "fail", "is not known"),
    ],
)
def test_rancher_s_name_leads_to_the_cluster(answer: str, verdict: str, saw: str) -> None:
    found = said("rancher.name", site(), x_dns__name=f"3 {answer} {HOST}")
    assert found.verdict == verdict
    assert saw in found.saw


def test_where_somebody_else_decides_on_the_door_any_address_will_do() -> None:
    elsewhere = site(balancer={"kind": "external"})
    assert said("rancher.name", elsewhere, x_dns__name=f"3 192.0.2.7 {HOST}").verdict == "ok"
    assert said("rancher.name", elsewhere, x_dns__name=f"3 - {HOST}").verdict == "fail"


def test_a_virtual_address_is_the_door() -> None:
    front = {
        "kind": "haproxy",
        "vip": "10.0.0.9",
        "nodes": ({"name": "lb-1", "address": "10.0.0.5"}, {"name": "lb-2", "address": "10.0.0.6"}),
    }
    assert said("rancher.name", site(balancer=front), x_dns__name=f"3 10.0.0.9 {HOST}").verdict == "ok"


@pytest.mark.parametrize(
    ("host", "answer", "verdict"),
    [
        (HOST, "203.0.113.5", "warn"),  # an address of documentation is reached by nobody
        (HOST, "93.184.215.14", "ok"),
        (HOST, "-", "ok"),
        (HOST, "10.0.0.21", "warn"),
        ("rancher.site.local", "10.0.0.21", "fail"),
        ("rancher.home.arpa", "-", "fail"),
    ],
)
def test_lets_encrypt_wants_a_name_of_the_internet(host: str, answer: str, verdict: str) -> None:
    wanted = site(rancher={"hostname": host, "tls": "letsEncrypt", "email": "ops@example.com"})
    assert said("rancher.public", wanted, x_dns__name=f"3 {answer} {host}").verdict == verdict
    assert said("rancher.public", site(rancher={"hostname": host})).verdict == "ok"


def test_room_for_rancher_is_told_where_its_pods_come() -> None:
    assert said("rancher.room", site()).saw == "4 processors, 7950 MiB"
    assert said("rancher.room", site()).verdict == "warn"
    assert said("rancher.room", site(), memory_mib="15900").verdict == "ok"
    assert said("rancher.room", site(), x_container="lxc").verdict == "skipped"
    assert said("rancher.room", spec()).verdict == "ok"
