"""Sheets for somebody else's balancer: whole, right, and taken by the programs they are for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import site_of
from tests.unit.spec.specs import HEAD, read
from wizard.balancers.certificates import ensure_certificate
from wizard.balancers.handoff.names import zone_lines
from wizard.balancers.handoff.sheets import files, kinds
from wizard.balancers.handoff.ways import ways
from wizard.cli.handoff import KINDS
from wizard.cli.main import main
from wizard.spec.models import Spec

STREAM = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def external(**more: object) -> Spec:
    return front(kind="external", nodes=[], **more)  # type: ignore[arg-type]


def test_the_command_offers_each_kind_that_has_a_sheet() -> None:
    assert kinds() == KINDS


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(HEAD)
    assert main(["handoff", str(spec), "-o", str(spec)]) == 2
    assert f"{spec} can't be written: File exists\n-> Name another folder" in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_names_every_port_node_check_and_warning(kind: str) -> None:
    spec = external()
    sheet = files(spec, [kind])[f"prod-{kind}.md"]
    for node in spec.nodes:
        assert f"`{node.name}` | `{node.address}`" in sheet
    for port in ("80", "443", "6443", "9345"):
        assert f"| {port}/tcp |" in sheet
    assert "## Beware\n\n- " in sheet
    assert "and port 6443 of the same node is well" in sheet
    assert "200 or 401 or 403" in sheet
    assert "\n\n\n" not in sheet


def test_servers_get_the_api_and_agents_get_the_users() -> None:
    found = {way.port: [node.name for node in way.nodes] for way in ways(external(servers=1))}
    assert found == {80: ["w-1", "w-2"], 443: ["w-1", "w-2"], 6443: ["cp-1"], 9345: ["cp-1"]}
    assert [way.port for way in ways(external(more="ingress: none\n"))] == [6443, 9345]


def test_every_table_of_a_sheet_has_as_many_cells_in_each_row() -> None:
    for name, text in files(external(), KINDS).items():
        for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.M) if name.endswith(".md") else ():
            cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(cells) == 1, (name, table)


def test_round_robin_dns_leads_each_name_to_each_node() -> None:
    spec = external(v6=True, servers=1, agents=1, more="registration: {address: rke2.example.com}\n")
    assert [line for line in zone_lines(spec, 30) if line[0] != ";"] == [
        "rke2.example.com. 30 IN AAAA fd00:10::11",
        "*.apps.example.com. 30 IN AAAA fd00:10::21",
    ]
    named = read(HEAD.replace("10.0.0.11", "cp-1.example.com")).spec
    assert "; cp-1: cp-1.example.com is a name; write its address here" in zone_lines(named, 30)


ENDED = "rancher: {version: 2.13.3, hostname: rancher.example.com, tls: external}\n"


def test_where_tls_ends_there_443_leads_to_port_80_and_80_to_no_node() -> None:
    spec = external(more=ENDED)
    assert [(way.port, way.inner, way.ends) for way in ways(spec)] == [
        (443, 80, True),
        (6443, 6443, False),
        (9345, 9345, False),
    ]
    for kind in KINDS:
        sheet = files(spec, [kind])[f"prod-{kind}.md"]
        assert "X-Forwarded-Proto to https (never wss)" in sheet
        assert "Layer 4 (TCP) on every port" not in sheet
        assert "| `w-1` | `10.0.0.21` | agent | 80 |" in sheet
        assert "10.0.0.21:443" not in sheet
    assert "No TLS ends at a DNS record" in files(spec, ["dns"])["prod-dns.md"]
    assert all(
        len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
        for name, text in files(spec, KINDS).items()
        for table in (re.findall(r"(?:^\|.*\n)+", text, flags=re.M) if name.endswith(".md") else ())
    )


def test_a_name_that_is_where_clients_connect_is_said_once() -> None:
    sheet = files(read(f"{HEAD}registration: {{address: rke2.example.com}}\n").spec, ["f5"])["prod-f5.md"]
    assert "connect to **`rke2.example.com`**.\n" in sheet


@pytest.mark.skipif(not NGINX or not STREAM.exists() or os.geteuid() != 0, reason="no nginx with streams, or no root")
@pytest.mark.parametrize("more", ["", ENDED])
@pytest.mark.parametrize("servers", [1, 3, 5])
@pytest.mark.parametrize("v6", [False, True])
def test_nginx_takes_its_configuration(tmp_path: Path, servers: int, v6: bool, more: str) -> None:
    net = "fd00:10::/64" if v6 else "10.0.0.0/8"
    spec = external(servers=servers, v6=v6, allow={"api": [net]}, more=more)
    text = files(spec, ["nginx"])["prod-nginx.conf"]
    # The folders of logs, modules and certificates are the machine's own; all else is as it was written.
    own = text.replace("include /etc/nginx/modules-enabled/*.conf;", f"load_module {STREAM};\npid {tmp_path}/pid;")
    pair = ensure_certificate(site_of(spec, tmp_path), ["rancher.example.com"]).reveal()
    for kind in ("crt", "key"):
        (tmp_path / f"prod.{kind}").write_text(pair)
    path = tmp_path / "nginx.conf"
    path.write_text(own.replace("/var/log/nginx", str(tmp_path)).replace("/etc/nginx/prod", f"{tmp_path}/prod"))
    assert NGINX
    ran = subprocess.run([NGINX, "-t", "-e", f"{tmp_path}/error", "-c", path], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "warn" not in ran.stderr


def test_the_command_writes_the_chosen_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text(HEAD)
    out = tmp_path / "out"
    assert main(["handoff", str(tmp_path / "c.yaml"), "--for", "nginx", "--for", "dns", "-o", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "prod-dns.md",
        "prod-nginx.conf",
        "prod-nginx.md",
        "prod-zone.txt",
    ]
    capsys.readouterr()
    assert main(["handoff", str(tmp_path / "c.yaml"), "--for", "f5"]) == 0
    assert capsys.readouterr().out == files(read(HEAD).spec, ["f5"])["prod-f5.md"]
