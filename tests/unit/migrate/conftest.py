from pathlib import Path

import pytest

from tests.unit.rke1.designs import DESIGNS
from wizard.migrate.old import Old, of_spec
from wizard.spec.load import read_spec


@pytest.fixture
def old() -> Old:
    """The medium design of RKE1."""
    return of_spec(read_spec(DESIGNS["medium"].encode(), name="old").spec, Path("cluster.yaml"))
