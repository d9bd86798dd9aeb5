"""A site to take nodes out of."""

from tests.unit.rke2.conftest import make_site  # noqa: F401 - a fixture
