"""A site to look after."""

from tests.unit.rke2.conftest import make_site  # noqa: F401 - a fixture
