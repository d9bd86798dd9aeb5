"""A site of real SSH servers on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.hosts.site import Site


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    site = Site(tmp_path)
    yield site
    await site.close()
