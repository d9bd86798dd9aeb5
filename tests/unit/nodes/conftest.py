"""The wire's own site of SSH servers on loopback."""

from tests.unit.hosts.conftest import site as site
