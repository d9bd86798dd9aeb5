"""HTTP mode on a real machine: TLS ends at the balancer, and names lead to one of two clusters behind it."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import yaml

from tests.lab import balancers, ingress, network, websocket
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec
from tests.lab.specs import node
from wizard.certificates import certificate_text, new_ca, sign

NODES = 3
CLUSTERS = {"prod": "n2", "dev": "n3"}
BALANCER = network.address("n1")
OWN = "# my own\nglobal\n    maxconn 10\n"


@pytest.fixture(scope="module")
def before(lab: Lab) -> str:
    """What is on the balancer's machine before anything of ours is."""
    balancers.offered(lab["n1"])
    return str(lab["n1"].run(balancers.TRACES).stdout)


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, before: str) -> Path:
    """Two clusters' ingresses, and a balancer brought up in front of them."""
    now = dt.datetime.now(dt.UTC)
    ca = new_ca("the CA of dev", now)
    (lab.home / "dev-ca.crt").write_text(certificate_text(ca.certificate))
    for name, place in CLUSTERS.items():
        lab[place].write("/root/ingress.pem", sign(ca, (f"*.{name}.example.com",), now).pem().reveal())
        lab[place].write("/root/ingress.py", Path(ingress.__file__).read_text())
        lab[place].run(f"systemd-run -q --unit=ingress python3 /root/ingress.py {name} /root/ingress.pem 443")
    section = {
        "kind": "haproxy",
        "mode": "http",
        "nodes": [balancers.machine("n1")],
        "hosts": ["*.prod.example.com"],
        "allow": {"stats": [f"{network.NET}.1/32"]},
        "tls": {"hsts": True},
        "clusters": [
            {"name": "dev", "hosts": ["*.dev.example.com"], "nodes": [network.address("n3")], "ca": "dev-ca.crt"}
        ],
    }
    path = lab.spec(nodes=[node("n2", "server")], registration=None, balancer=section)
    done = operator.run("balancer", "apply", path, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def curl(lab: Lab, operator: Operator, host: str, path: str = "/", *more: str, port: int = 443) -> tuple[int, Any]:
    """Ask the balancer for a name; return the status and the answer, read as JSON where it is."""
    scheme = "https" if port == 443 else "http"
    ca = ("--cacert", str(operator.state / "balancer-ca.crt")) if port == 443 else ()
    said = lab.jump(
        *("curl", "-sS", "-m", "20", "-w", "\n%{http_code}", "--resolve", f"{host}:{port}:{BALANCER}", *ca, *more),
        f"{scheme}://{host}:{port}{path}",
    )
    assert said.returncode == 0, said.stderr
    body, _, status = said.stdout.rpartition("\n")
    return int(status), json.loads(body) if body.startswith("{") else body


def test_each_name_leads_to_its_cluster_with_the_headers_that_rancher_needs(lab, operator, spec) -> None:
    for name in CLUSTERS:
        status, answer = curl(lab, operator, f"shop.{name}.example.com", "/", "-H", "X-Forwarded-For: 6.6.6.6")
        assert (status, answer["cluster"]) == (200, name)
        headers = {key.lower(): value for key, value in answer["headers"].items()}
        assert headers["host"] == headers["x-forwarded-host"] == f"shop.{name}.example.com"
        assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("https", "443")
        assert headers["x-forwarded-for"] == f"{network.NET}.1"


def test_plain_http_is_sent_to_https_and_browsers_are_told_to_stay_there(lab, operator, spec) -> None:
    status, answer = curl(lab, operator, "shop.dev.example.com", "/a?b=c", "-i", port=80)
    assert status == 301
    assert "location: https://shop.dev.example.com/a?b=c" in answer
    _, answer = curl(lab, operator, "shop.dev.example.com", "/", "-i")
    assert answer.startswith("HTTP/2 200")
    assert "strict-transport-security: max-age=63072000" in answer


def test_a_name_that_leads_nowhere_gets_404_from_the_balancer(lab, operator, spec) -> None:
    assert curl(lab, operator, "other.example.com", "/", "-k") == (404, "no such site")
    assert curl(lab, operator, "other.example.com", "/", port=80) == (404, "no such site")


def test_statistics_want_a_login_and_a_place_on_the_list(lab, operator, spec) -> None:
    password = (operator.state / "balancer-stats-password").read_text().strip()
    for path in ("/stats", "/metrics"):
        assert curl(lab, operator, "lb", path, port=8404)[0] == 401
        assert curl(lab, operator, "lb", path, "-u", "ops:wrong", port=8404)[0] == 401
        assert curl(lab, operator, "lb", path, "-u", f"ops:{password}", port=8404)[0] == 200
    refused = lab["n3"].run(f"curl -s -o /dev/null -w '%{{http_code}}' http://{BALANCER}:8404/stats")
    assert refused.stdout == "403"


@contextmanager
def shell(lab: Lab, operator: Operator) -> Iterator["subprocess.Popen[str]"]:
    """A websocket through the balancer, as Rancher's shell is one."""
    words = (sys.executable, "-I", websocket.__file__, BALANCER, "a.prod.example.com")
    client = lab.jump_start(*words, operator.state / "balancer-ca.crt", stdin=PIPE, stdout=PIPE)
    try:
        yield client
    finally:
        client.kill()
        client.communicate()


def say(client: "subprocess.Popen[str]", text: str) -> str:
    assert client.stdin
    assert client.stdout
    client.stdin.write(f"{text}\n")
    client.stdin.flush()
    return client.stdout.readline().strip()


def process(lab: Lab) -> str:
    return str(lab["n1"].run("systemctl show -p MainPID -p NRestarts haproxy").stdout)


def test_a_websocket_stays_up_while_the_configuration_changes_and_changes_back(lab, operator, spec) -> None:
    with shell(lab, operator) as client:
        assert client.stdout
        assert client.stdout.readline().strip() == "HTTP/1.1 101 Switching Protocols"
        assert say(client, "one") == "one"
        master = process(lab)
        section = yaml.safe_load(spec.read_text())["balancer"]
        for sticky in (True, False):
            changed_spec(spec, balancer=section | {"sticky": sticky})
            done = operator.run("balancer", "apply", spec, "--yes", "--headless")
            assert done.returncode == 0, done.stdout + done.stderr
            assert say(client, f"sticky {sticky}") == f"sticky {sticky}"
        assert process(lab) == master


def test_a_second_apply_finds_nothing_to_do(lab, operator, spec) -> None:
    there = lab["n1"].run(balancers.TRACES).stdout
    done = operator.run("balancer", "apply", spec, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" in done.stdout.lower()
    assert lab["n1"].run(balancers.TRACES).stdout == there


def test_removed_it_leaves_the_machine_as_it_was(lab, operator, spec, before) -> None:
    done = operator.run("balancer", "remove", spec, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lab["n1"].run(balancers.TRACES).stdout == before


def test_an_operator_s_own_configuration_is_refused_with_the_difference_and_left_alone(lab, operator, spec) -> None:
    lab["n1"].run("apt-get install -qq -y haproxy 2>&1", timeout=120)
    lab["n1"].write("/etc/haproxy/haproxy.cfg", OWN)
    done = operator.run("balancer", "apply", spec, "--yes", "--headless", "--output")
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "somebody else's configuration is there: /etc/haproxy/haproxy.cfg: # my own" in said
    assert "-    maxconn 10" in said
    assert lab["n1"].run("cat /etc/haproxy/haproxy.cfg").stdout == OWN
    assert lab["n1"].run("ls /etc/haproxy").stdout.split() == ["errors", "haproxy.cfg"]
