"""cluster.yml of every design against golden files, and what of it must never go wrong."""

from pathlib import Path

import pytest
import yaml

from tests.unit.rke1.designs import AIR_GAP, DESIGNS, MEDIUM, S3, SINGLE, SMALL
from wizard.cli.main import main
from wizard.distros.known import DISTRIBUTIONS
from wizard.distros.rke1.cluster_yml import cluster_yml, masked, real
from wizard.errors import BadSpec
from wizard.rollout.outline import plan_lines
from wizard.rollout.step import Survey
from wizard.secret import MASK
from wizard.spec.load import read_spec

GOLDEN = Path(__file__).parent / "golden"
EXAMPLE = Path(__file__).parents[1] / "spec" / "rke1.yaml"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SECRETS = {"s3-access-key": "AKIA", "s3-secret-key": "hush", "registry-reg.lan:5000": "pull-me"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "s3-ca.pem").write_text(PEM)
    return tmp_path


def written(text: str, base: Path) -> dict:
    return yaml.safe_load(cluster_yml(read_spec(text.encode(), name="x").spec, base, SECRETS))


@pytest.mark.parametrize("name", [*DESIGNS, "everything"])
def test_each_design_has_the_cluster_yml_that_was_looked_at(name, folder):
    text = DESIGNS.get(name) or EXAMPLE.read_text()
    spec = read_spec(text.encode(), name="x").spec
    found = cluster_yml(spec, folder, SECRETS).replace(str(folder), "/site")
    assert found == (GOLDEN / f"{name}.yml").read_text()


def test_no_secret_is_shown(make_site, folder, monkeypatch):
    for name in ("S3_ACCESS", "S3_SECRET", "REGISTRY_PASSWORD"):
        monkeypatch.setenv(name, "open-sesame")
    for text in (S3, AIR_GAP):
        site = make_site(text)
        assert real(site) is None
        DISTRIBUTIONS["rke1"].seal(site)
        assert "open-sesame" in real(site).reveal()
        assert "open-sesame" not in masked(site)
        assert MASK in masked(site)
        plan = DISTRIBUTIONS["rke1"].install(site)
        assert "open-sesame" not in repr(plan) + "".join(f.shown for node in plan.nodes for f in plan.files(node))


def test_a_plan_tells_the_end_of_life_once(make_site):
    plan = DISTRIBUTIONS["rke1"].install(make_site(SINGLE))
    assert "\n".join(plan_lines(plan, Survey())).count("31 July 2025") == 1
    assert plan.notice.startswith("RKE1 reached its end of life on 31 July 2025:")


def test_what_is_done_to_rke2_alone_touches_no_cluster_of_rke1(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = tmp_path / "cluster.yaml"
    path.write_text(SMALL.replace("10.0.0.1", "127.99.0.1"))
    assert main(["upgrade", "back", str(path), "all-1", "--yes", "--headless"]) == 3
    assert "back is for clusters of RKE2; prod is one of RKE1" in capsys.readouterr().err


def test_drain_always_stands_beside_its_input(folder):
    for drain in ("all", "none"):
        strategy = written(f"{MEDIUM}upgrade: {{drain: {drain}}}\n", folder)["upgrade_strategy"]
        assert strategy["drain"] is (drain == "all")
        assert strategy["node_drain_input"]["ignore_daemonsets"] is True


def test_the_dns_service_follows_the_network_of_services(folder):
    found = written(f"{SINGLE}network: {{service_cidr: 172.20.0.0/16}}\n", folder)
    assert found["services"]["kubelet"]["cluster_dns_server"] == "172.20.0.10"
    assert found["services"]["kube-api"]["service_cluster_ip_range"] == "172.20.0.0/16"
    assert found["services"]["kube-controller"]["service_cluster_ip_range"] == "172.20.0.0/16"


def test_snapshots_that_are_off_start_no_container_that_ends_at_once(folder):
    etcd = written(f"{SINGLE}etcd: {{snapshots: {{enabled: false}}}}\n", folder)["services"]["etcd"]
    assert etcd == {"snapshot": False}


def test_snapshots_are_kept_for_three_days_unless_the_spec_says_otherwise(folder):
    for hours in (1, 2, 3, 4, 6, 8, 12):
        text = f"{SINGLE}etcd: {{snapshots: {{schedule: '5 */{hours} * * *'}}}}\n"
        config = written(text, folder)["services"]["etcd"]["backup_config"]
        assert config["interval_hours"] == hours
        assert config["retention"] * hours == 72


def test_a_ca_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadSpec, match=r"s3-ca\.pem: No such file"):
        cluster_yml(read_spec(S3.encode(), name="x").spec, tmp_path, SECRETS)


def test_keys_by_path_win_only_where_every_node_has_one(folder):
    keyed = SINGLE.replace("{user: ops}", "{user: ops, key: id}")
    assert written(keyed, folder)["ssh_agent_auth"] is False
    assert written(keyed, folder)["ssh_key_path"] == str(folder / "id")
    assert written(SINGLE, folder)["ssh_agent_auth"] is True
