"""A site as it is read from a spec, with facts that a probe could have printed."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from wizard.hosts.facts import Facts, read_facts
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.spec.load import read_spec
from wizard.vault.vault import Vault

HEAD = """apiVersion: rancher-wizard/v1
name: prod
distribution: rke2
version: v1.34.2+rke2r1
"""
NODES = """nodes:
  - {name: cp-1, address: 10.0.0.11, role: server, zone: a}
  - {name: cp-2, address: 10.0.0.12, role: server, zone: b}
  - {name: cp-3, address: 10.0.0.13, role: server, zone: c}
  - {name: w-1, address: 10.0.0.21, role: agent, zone: a, labels: {disk: ssd}, taints: ["gpu=true:NoSchedule"]}
  - {name: w-2, address: 10.0.0.22, role: agent, zone: b}
registration: {address: 10.0.0.100}
"""

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    def make(extra: str = "", *, nodes: str = NODES, secrets: dict[str, str] | None = None) -> Site:
        spec = read_spec((HEAD + nodes + extra).encode(), name="cluster.yaml").spec
        vault = Vault.open(tmp_path)
        for name, value in (secrets or {}).items():
            vault.put(name, Secret(value))
        identity = Identity("0123456789abcdef", (spec.first_server.name,))
        return Site(spec, tmp_path, tmp_path, vault, Survey(), identity)

    return make


def facts_of(lines: Iterable[str]) -> Facts:
    return read_facts(["arch=x86_64", "swap_mib=0", *lines])
