import pytest
import yaml

from wizard.distros.rke2.config import CA_HASH, planned, real_text, seal
from wizard.distros.rke2.state import CONFIG, REGISTRIES
from wizard.errors import BadSpec
from wizard.secret import MASK

TOKENS = {"server-token": "S" * 40, "agent-token": "A" * 40}
KNOWN = TOKENS | {CA_HASH: "c" * 64}


def settings(site, name):
    return yaml.safe_load(real_text(site, site.spec.node(name), CONFIG).reveal())


def test_the_first_server_begins_the_cluster_with_the_short_token_and_no_server(make_site):
    config = settings(make_site(secrets=TOKENS), "cp-1")
    assert "server" not in config
    assert (config["token"], config["agent-token"]) == ("S" * 40, "A" * 40)
    assert config["tls-san"] == ["10.0.0.100"]
    assert config["cni"] == "canal"
    assert config["write-kubeconfig-mode"] == "0600"


def test_further_servers_join_with_the_full_token(make_site):
    config = settings(make_site(secrets=KNOWN), "cp-2")
    assert config["server"] == "https://10.0.0.100:9345"
    assert config["token"] == f"K10{'c' * 64}::server:{'S' * 40}"


def test_an_agent_joins_with_the_agents_token_alone(make_site):
    config = settings(make_site(secrets=KNOWN), "w-1")
    assert config["token"] == f"K10{'c' * 64}::node:{'A' * 40}"
    assert "S" * 40 not in str(config)
    assert config["node-label"] == ["disk=ssd", "topology.kubernetes.io/zone=a"]
    assert config["node-taint"] == ["gpu=true:NoSchedule"]
    assert "cni" not in config


def test_a_node_never_joins_through_its_own_address(make_site):
    nodes = """nodes:
  - {name: cp-1, address: 10.0.0.11, role: server}
  - {name: cp-2, address: 10.0.0.12, role: server, internal_address: 10.1.0.12}
  - {name: cp-3, address: 10.0.0.13, role: server}
registration: {address: 10.1.0.12}
"""
    config = settings(make_site(nodes=nodes, secrets=KNOWN), "cp-2")
    assert config["server"] == "https://10.0.0.11:9345"
    assert config["node-ip"] == "10.1.0.12"


def test_a_plan_shows_every_file_without_one_secret(make_site, monkeypatch):
    monkeypatch.setenv("REG", "registry-password")
    site = make_site(
        "registries: {mirrors: {docker.io: {endpoint: ['https://reg:5000']}}, configs: {'reg:5000': {auth: "
        "{username: u, password: {env: REG}}}}}\n",
        secrets=KNOWN,
    )
    seal(site)
    for node in site.spec.nodes:
        files = planned(site, node)
        assert [file.path for file in files] == [CONFIG, REGISTRIES]
        text = "".join(file.shown for file in files)
        assert MASK in text
        assert not any(secret in text for secret in ("SSSS", "AAAA", "cccc", "registry-password"))
        assert all(file.sha256 and file.mode == 0o600 for file in files)


def test_a_plan_made_before_anything_exists_makes_no_secret(make_site):
    site = make_site()
    assert all(not file.sha256 for node in site.spec.nodes for file in planned(site, node))
    assert not list(site.vault.names())


def test_what_the_spec_refers_to_is_sealed_once_and_then_taken_from_the_vault(make_site, monkeypatch):
    monkeypatch.setenv("REG", "first")
    extra = "registries: {configs: {'reg:5000': {auth: {username: u, password: {env: REG}}}}}\n"
    site = make_site(extra)
    seal(site)
    monkeypatch.delenv("REG")
    seal(site)
    text = real_text(site, site.spec.first_server, REGISTRIES).reveal()
    assert yaml.safe_load(text)["configs"]["reg:5000"]["auth"] == {"username": "u", "password": "first"}
    monkeypatch.setenv("REG", "second")
    seal(site)
    assert "second" in real_text(site, site.spec.first_server, REGISTRIES).reveal()


def test_a_reference_that_leads_nowhere_is_refused(make_site, monkeypatch):
    monkeypatch.delenv("REG", raising=False)
    site = make_site("registries: {configs: {'reg:5000': {auth: {username: u, password: {env: REG}}}}}\n")
    with pytest.raises(BadSpec, match="REG"):
        seal(site)


def test_a_token_of_the_operators_own_that_breaks_rke2_is_refused(make_site, monkeypatch):
    monkeypatch.setenv("TOKEN", 'has "quotes" and $dollars$')
    with pytest.raises(BadSpec, match="characters") as caught:
        seal(make_site("token: {env: TOKEN}\n"))
    assert "dollars" not in str(caught.value)


@pytest.mark.parametrize("hostile", ["x'y", 'a"b', "$(touch /tmp/x)", "#c", "a: b", "{x}", "-", "null", "1e3"])
def test_hostile_values_stay_values(make_site, monkeypatch, hostile):
    monkeypatch.setenv("REG", hostile)
    site = make_site("registries: {configs: {'reg:5000': {auth: {username: u, password: {env: REG}}}}}\n")
    seal(site)
    text = real_text(site, site.spec.first_server, REGISTRIES).reveal()
    assert yaml.safe_load(text)["configs"]["reg:5000"]["auth"]["password"] == hostile


def test_snapshots_profile_proxy_and_passed_through_options_reach_the_files(make_site):
    site = make_site(
        "etcd: {snapshots: {schedule: '0 3 * * *', retention: 9}}\n"
        "security: {profile: cis}\n"
        "proxy: {https: 'http://proxy:3128', no_proxy: [.corp]}\n"
        "options: {server: {debug: true}}\n",
        secrets=KNOWN,
    )
    server, agent = settings(site, "cp-1"), settings(site, "w-1")
    assert (server["etcd-snapshot-schedule-cron"], server["etcd-snapshot-retention"]) == ("0 3 * * *", 9)
    assert server["profile"] == agent["profile"] == "cis"
    assert server["debug"] is True
    assert "debug" not in agent
    proxy = real_text(site, site.spec.node("w-1"), "/etc/default/rke2-agent").reveal()
    assert "HTTPS_PROXY=http://proxy:3128\n" in proxy
    assert "NO_PROXY=.corp,127.0.0.1,localhost,10.0.0.100,10.0.0.11," in proxy


def test_dual_stack_networks_are_joined_by_a_comma(make_site):
    site = make_site(
        "network: {cluster_cidr: [10.42.0.0/16, 'fd42::/56'], service_cidr: [10.43.0.0/16, 'fd43::/112']}\n",
        secrets=KNOWN,
    )
    assert settings(site, "cp-1")["cluster-cidr"] == "10.42.0.0/16,fd42::/56"
