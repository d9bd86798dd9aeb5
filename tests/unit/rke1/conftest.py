"""An RKE1 site as it is read from a spec."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.spec.load import read_spec
from wizard.vault.vault import Vault

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    def make(text: str, *, secrets: dict[str, str] | None = None) -> Site:
        spec = read_spec(text.encode(), name="cluster.yaml").spec
        vault = Vault.open(tmp_path)
        for name, value in (secrets or {}).items():
            vault.put(name, Secret(value))
        identity = Identity("0123456789abcdef", (spec.first_server.name,))
        return Site(spec, tmp_path, tmp_path, vault, Survey(), identity)

    return make
