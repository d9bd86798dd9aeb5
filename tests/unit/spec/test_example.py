"""The full example, the spec it gives, and the schema that editors check it by."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.spec.json_schema import faults
from tests.unit.spec.specs import HEAD, read
from wizard.spec.load import load_spec
from wizard.spec.schema import json_schema

EXAMPLE = Path(__file__).with_name("example.yaml")
OF_RKE1 = Path(__file__).with_name("rke1.yaml")
OF_RANCHERD = Path(__file__).with_name("rancherd.yaml")
OF_OTHER_WAYS = ("sources", "email", "environment", "cert_manager", "repository", "spread")
"""What can't stand beside the rest of the example: Rancher's TLS ends at its balancer, its charts lie in a folder, and
the nodes download the release themselves."""


@pytest.fixture
def example() -> dict[str, Any]:
    return yaml.safe_load(EXAMPLE.read_text())


def test_the_example_loads_without_a_warning():
    assert load_spec(EXAMPLE).warnings == ()


def test_the_example_of_rke1_loads_and_warns_of_images_alone():
    (warning,) = load_spec(OF_RKE1).warnings
    assert "rke1.system_images: images named here stay as they are when version is changed" in warning
    assert faults(yaml.safe_load(OF_RKE1.read_text()), json_schema()) == []


def test_the_example_of_rancherd_loads_without_a_warning():
    assert load_spec(OF_RANCHERD).warnings == ()
    assert faults(yaml.safe_load(OF_RANCHERD.read_text()), json_schema()) == []


def test_the_schema_accepts_the_example(example):
    assert faults(example, json_schema()) == []


def test_the_schema_refuses_what_the_loader_refuses(example):
    example["nodes"][0]["role"] = "sever"
    example["token"] = "in the clear"
    example["verison"] = "x"
    example["rollout"]["workers"]["at_once"] = "200%"
    assert len(faults(example, json_schema())) == 4


def test_every_field_of_the_schema_is_described_and_shown_in_the_example(example):
    others = (yaml.safe_load(path.read_text()) for path in (OF_RKE1, OF_RANCHERD))
    shown = {*_keys(example), *(key for tree in others for key in _keys(tree))}
    schema = json_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, field in model["properties"].items():
            assert len(field.get("description", "")) > 15, name
            assert name in shown or name in ("path", *OF_OTHER_WAYS), name
            assert (
                name in model.get("required", ())
                or model["title"] == "SecretRef"
                or "Default" in field["description"]
                or (name in ("mirror", "path", "secret_key"))
            ), name


def _keys(tree: Any):
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield key
        yield from _keys(value)
    for value in tree if isinstance(tree, list) else ():
        yield from _keys(value)


def test_a_node_overrides_any_part_of_how_to_log_in():
    spec = load_spec(EXAMPLE).spec
    common, own = spec.ssh_of(spec.node("cp-1")), spec.ssh_of(spec.node("worker-1"))
    assert (common.user, common.port, common.sudo, common.bastion.address) == ("root", 22, "auto", "jump.example.com")
    assert (own.user, own.port, own.sudo, own.bastion.address) == ("ops", 2222, "password", "jump-2.example.com")
    assert own.known_hosts == common.known_hosts


def test_servers_agents_and_names_are_found():
    spec = load_spec(EXAMPLE).spec
    assert [node.name for node in spec.servers] == ["cp-1", "cp-2", "cp-3"]
    assert [node.name for node in spec.agents] == ["worker-1", "worker-2"]
    assert spec.first_server.inner_address == "10.1.0.11"
    assert spec.all_tls_sans == ("rke2.example.com", "rke2.example.org", "192.0.2.10", "10.1.0.20")
    with pytest.raises(KeyError):
        spec.node("nobody")


def test_without_more_said_nodes_join_at_the_first_server():
    assert read(HEAD).spec.registration_address == "10.0.0.11"
    inner = HEAD.replace("address: 10.0.0.11", "address: 10.0.0.11, internal_address: 10.1.0.11")
    assert read(inner).spec.registration_address == "10.1.0.11"


@pytest.mark.parametrize(
    ("text", "user", "address", "port"),
    [
        ("ops@jump:2222", "ops", "jump", 2222),
        ("jump", None, "jump", None),
        ("ops@[fd00::1]:22", "ops", "fd00::1", 22),
        ("fd00::1", None, "fd00::1", None),
    ],
)
def test_a_bastion_may_be_written_as_one_text(text, user, address, port):
    bastion = read(f"{HEAD}ssh: {{bastion: '{text}'}}\n").spec.ssh.bastion
    assert (bastion.user, bastion.address, bastion.port) == (user, address, port)


def test_no_ssh_configuration_is_read_where_the_spec_says_none():
    assert read(HEAD + "ssh: {config: none}\n").spec.ssh.config_file is None
    assert read(HEAD).spec.ssh.config_file == Path("~/.ssh/config")


def test_a_spec_of_a_thousand_nodes_loads():
    agents = "".join(f"  - {{name: w{i}, address: 10.1.{i // 250}.{i % 250}, role: agent}}\n" for i in range(1000))
    text = HEAD.partition("  - {name: w-1")[0] + agents + "network: {cluster_cidr: 10.64.0.0/12}\n"
    assert len(read(text).spec.agents) == 1000
