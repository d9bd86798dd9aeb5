"""A bundle on screen: its entries, and how they stand while it is proven."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.bundle import BundleApp, BundleScreen
from screens.glyphs import ASCII, UNICODE, Glyphs
from tests.screens.conftest import seen
from tests.unit.bundle.site import write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.proving import Proving
from wizard.errors import Refused


@asynccontextmanager
async def showing(bundle: Bundle, *, signed: bool = True, glyphs: Glyphs = UNICODE) -> AsyncIterator[Pilot[None]]:
    """Show a bundle of which all is known."""

    def signer() -> str:
        if not signed:
            raise Refused("bundle abc is not signed; trusted is nobody", hint="Sign it.")
        return "signed by ops"

    proving = Proving(bundle, signer)
    app = BundleApp(proving, glyphs=glyphs)
    async with app.run_test(size=(80, 24)) as pilot:
        async with asyncio.timeout(20):
            while not proving.ended:
                await pilot.pause(0.01)
        assert isinstance(app.screen, BundleScreen)
        app.screen.drain()
        await pilot.pause()
        yield pilot


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_site(tmp_path / "site.rwb")


async def test_a_whole_bundle_shows_its_entries_and_that_each_is_proven(bundle: Bundle) -> None:
    async with showing(bundle) as pilot:
        text = seen(pilot.app)
        assert "every byte is as it was signed" in text
        assert "signed by ops" in text
        assert re.search(r"✓ file +10 B +rke2/v1\.34\.2\+rke2r1/install\.sh", text)
        await pilot.press("f", "f")
        assert "1 image" in seen(pilot.app)
        assert "docker.io/rancher/rancher:v2.13.3" in seen(pilot.app)
        assert "install.sh" not in seen(pilot.app)


async def test_the_entry_of_a_wrong_blob_is_marked_and_named(bundle: Bundle) -> None:
    data = bundle.path.read_bytes()
    bundle.path.write_bytes(data.replace(b"tarball" * 200, b"Tarball" * 200))
    async with showing(Bundle.open(bundle.path)) as pilot:
        text = seen(pilot.app)
        assert "refused: don't use it" in text
        assert re.search(r"✗ file +1\.4 KiB +rke2/v1\.34\.2\+rke2r1/rke2\.linux-amd64\.tar\.gz", text)
        assert "sha256 is" in text


async def test_one_that_nobody_signed_is_refused_before_a_byte_of_it_is_proven(bundle: Bundle) -> None:
    async with showing(bundle, signed=False) as pilot:
        text = seen(pilot.app)
        assert "is not signed; trusted is nobody" in text
        assert "signature not proven" in text
        assert "✓" not in text


async def test_a_terminal_without_unicode_is_shown_ascii_alone(bundle: Bundle) -> None:
    async with showing(bundle, glyphs=ASCII) as pilot:
        assert [sign for sign in seen(pilot.app) if not sign.isascii()] == []
