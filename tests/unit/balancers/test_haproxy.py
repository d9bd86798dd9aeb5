"""HAProxy's configuration: right for each shape of cluster, by the judgement of HAProxy itself where it is."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.balancers.front import front
from tests.unit.balancers.golden import CERTIFICATE, DEV, HTTP, haproxy, text_of
from wizard.balancers.haproxy.render import DRAINED
from wizard.balancers.haproxy.sites import ways


def section(text: str, name: str) -> list[str]:
    """Return the lines of one section."""
    lines = text.splitlines()
    start = lines.index(name)
    rest = lines[start + 1 :]
    return [line.strip() for line in rest[: next((k for k, line in enumerate(rest) if line[:1].isalpha()), None)]]


def test_a_server_counts_as_alive_by_an_answer_of_its_api_and_may_be_joined_only_then() -> None:
    text = text_of(front())
    api, join = section(text, "backend be_kube_api"), section(text, "backend be_rke2_join")
    assert "http-check expect rstatus ^(200|401|403)$" in api
    assert "server cp-2 10.0.0.12:6443 check check-ssl verify none" in api
    assert join.index("http-check connect port 6443 ssl") < join.index("http-check connect port 9345 ssl")
    assert "server cp-3 10.0.0.13:9345 check verify none" in join


def test_users_are_sent_to_the_agents_and_to_servers_only_where_there_are_none() -> None:
    assert "server w-1 10.0.0.21:443 check check-ssl verify none" in section(text_of(front()), "backend be_ingress_443")
    alone = section(text_of(front(agents=0)), "backend be_ingress_443")
    assert "server cp-1 10.0.0.11:443 check check-ssl verify none" in alone


def test_without_an_ingress_nobody_listens_for_users() -> None:
    text = text_of(front(more="ingress: none\n"))
    assert "fe_ingress_443" not in text
    assert "fe_kube_api" in text


def test_a_client_stays_at_a_node_only_when_asked_for() -> None:
    assert "stick on src" not in text_of(front())
    assert text_of(front(sticky=True)).count("stick on src") == 2


def test_an_exporter_that_was_not_built_in_is_not_used() -> None:
    assert "prometheus-exporter" in text_of(front())
    assert "prometheus-exporter" not in text_of(front(), exporter=False)


def test_a_name_of_one_host_goes_before_those_that_mean_all_below() -> None:
    spec = front(**HTTP, clusters=[DEV | {"hosts": ["*.example.com", "x.apps.example.com"]}])
    assert [(way.name, way.below, way.backend) for way in ways(spec)] == [
        ("rancher.example.com", False, "be_cluster_prod"),
        ("x.apps.example.com", False, "be_cluster_dev"),
        (".apps.example.com", True, "be_cluster_prod"),
        (".example.com", True, "be_cluster_dev"),
    ]


def test_another_cluster_is_verified_where_its_ca_is_known() -> None:
    known = text_of(front(**HTTP, clusters=[DEV | {"ca": "dev.pem"}]), ca=True)
    assert "check-sni lb-check.dev.example.com verify required ca-file /etc/dev.pem" in known
    assert "check-sni lb-check.dev.example.com verify none" in text_of(front(**HTTP, clusters=[DEV]))


@pytest.mark.skipif(not shutil.which("haproxy"), reason="no haproxy here; the lab has one")
def test_haproxy_takes_all_of_them_without_a_warning(tmp_path: Path) -> None:
    for name, text in haproxy().items():
        done = judged(text, tmp_path)
        assert (name, done.returncode, done.stderr.strip()) == (name, 0, "")


def judged(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let HAProxy itself judge a configuration, with a certificate that it may read."""
    pem = folder / "rw.pem"
    if not pem.exists():
        made = ("-keyout", folder / "k", "-out", folder / "c")
        words = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test")
        subprocess.run([*words, *made], check=True, capture_output=True)
        pem.write_text((folder / "c").read_text() + (folder / "k").read_text())
    drained = folder / "drained"
    drained.write_text("1\n")
    config = folder / "haproxy.cfg"
    config.write_text(text.replace(CERTIFICATE, str(pem)).replace(DRAINED, str(drained)))
    return subprocess.run(["haproxy", "-c", "-q", "-dW", "-f", config], check=False, capture_output=True, text=True)
