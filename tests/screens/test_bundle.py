"""A bundle on the screen; run with --snapshot-update after a change that is meant, and look at each picture."""

import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.bundle import BundleApp, BundleScreen
from screens.glyphs import ASCII, UNICODE, Glyphs
from tests.screens.conftest import seen
from tests.screens.wizards import settled, state, until, wizard
from tests.unit.bundle.site import LAYER, file_entry, site_manifest, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import Moved
from wizard.bundle.proving import Proving
from wizard.bundle.signing.key import new_key, private_key
from wizard.bundle.signing.sign import sign_bundle
from wizard.bundle.signing.trust import Trust, trust_key
from wizard.cli.main import main

__all__ = ["state"]

SITE = Path("site.rwb")
LOOKS = [((80, 24), "rancher-dark"), ((80, 24), "rancher-light"), ((200, 50), "rancher-dark")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a signed bundle, which is named without it: a picture must not show where it lies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write_site(SITE)
    new_key(Path("signer"), comment="ops@example.com")
    sign_bundle(SITE, private_key(Path("signer")))
    return tmp_path


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold the reading after half of the blobs, until the event is set or the reading is to stop."""
    go_on, stop = threading.Event(), Proving.stop

    def stopped(proving: Proving) -> None:
        stop(proving)
        go_on.set()

    def verify(bundle: Bundle, *, moved: Moved) -> None:
        sizes = list(bundle.manifest.sizes.items())
        for digest, size_bytes in sizes[: len(sizes) // 2]:
            moved(digest, size_bytes)
        assert go_on.wait(60)
        moved(*sizes[-1])

    monkeypatch.setattr("wizard.bundle.proving.verify", verify)
    monkeypatch.setattr(Proving, "stop", stopped)
    yield go_on
    go_on.set()


def proving() -> Proving:
    ticks = iter(range(1_000_000))
    return Proving(Bundle.open(SITE), Trust.of([Path("signer.pub")]), clock=lambda: float(next(ticks)))


def spoil() -> None:
    content = bytearray(SITE.read_bytes())
    content[content.index(LAYER[:600], content.index(b"blobs/"))] ^= 1
    SITE.write_bytes(content)


@contextlib.asynccontextmanager
async def shown(size: tuple[int, int] = (80, 24), *, begin: bool = False) -> AsyncIterator[Pilot[None]]:
    app = BundleApp(proving(), begin=begin, glyphs=UNICODE)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


async def come_to(pilot: Pilot[Any], text: str) -> None:
    """Wait until `text` is on the screen, as `until` does for the wizard."""
    await until(pilot, text)


async def test_it_is_proven_on_demand_and_each_entry_says_so() -> None:
    async with shown() as pilot:
        assert "Signed by ops@example.com; nothing was read yet" in seen(pilot.app)
        assert "✓ file" not in seen(pilot.app)
        await pilot.press("v")
        await come_to(pilot, "Whole: every byte is as it was made; signed by ops@example.com.")
        await come_to(pilot, "✓ image")
        assert seen(pilot.app).count("✓ file") == 4


async def test_a_name_too_long_for_its_column_stays_apart_from_the_next() -> None:
    write_site(SITE, site_manifest(file_entry("wizard/" + "long" * 40, b"")))
    async with shown((200, 50)) as pilot:
        assert "… server" in seen(pilot.app)


async def test_a_wrong_blob_is_named_and_its_entry_is_gone_to() -> None:
    spoil()
    async with shown(begin=True) as pilot:
        await come_to(pilot, "▌ ✗ ")
        text = seen(pilot.app)
        assert "✗ file" in text
        assert "Not to be used." in text
        assert "copy it again from where it was made" in " ".join(text.split())


async def test_it_is_stopped_by_a_key_and_nothing_is_proven_then(held: threading.Event) -> None:
    async with shown(begin=True) as pilot:
        await come_to(pilot, "s Stop")
        assert "v Verify" not in seen(pilot.app)
        await pilot.press("s")
        held.set()
        await come_to(pilot, "nothing is proven")
        await come_to(pilot, "v Verify")


async def test_leaving_stops_the_reading(held: threading.Event) -> None:
    async with shown(begin=True) as pilot:
        await come_to(pilot, "% of")
        screen = pilot.app.screen
        assert isinstance(screen, BundleScreen)
        held.set()
        await pilot.press("q")
    assert screen.proving.phase in ("stopped", "whole")


async def test_entries_are_found_by_kind_and_by_name() -> None:
    async with shown() as pilot:
        await pilot.press("f")
        await pilot.pause()
        assert "f: files" in seen(pilot.app)
        assert "image " not in seen(pilot.app).partition("not yet")[0].partition("\n")[2]
        await pilot.press("f", "f", "slash", *"LAYER")
        await pilot.pause()
        text = seen(pilot.app)
        assert "the-layer-again" in text
        assert "install.sh" not in text
        await pilot.press("escape")
        await pilot.pause()
        assert "install.sh" in seen(pilot.app)


async def test_a_bundle_is_looked_into_from_the_menu(state: Path) -> None:
    trust_key(Path("signer.pub"))
    async with wizard() as pilot:
        await pilot.press("b", *"none.rwb", "enter")
        await settled(pilot)
        assert "no bundle is there" in seen(pilot.app)
        await pilot.press(*["backspace"] * 8, *"site.rwb", "enter")
        await settled(pilot)
        await pilot.press("v")
        await come_to(pilot, "Whole: every byte")
        await pilot.press("escape")
        await settled(pilot)
        assert "Look into a bundle" in seen(pilot.app)


def test_without_a_terminal_the_same_comes_as_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "show", str(SITE), "--key", "signer.pub"]) == 0
    said = capsys.readouterr().out
    assert "rke2/v1.34.2+rke2r1/install.sh" in said
    assert "whole, 4 files, 1 image" in said
    assert "signed by ops@example.com" in said


async def test_one_that_nobody_trusted_signed_is_not_read_by_itself() -> None:
    app = BundleApp(Proving(Bundle.open(SITE), Trust({})), begin=True, glyphs=UNICODE)
    async with app.run_test(size=(80, 24)) as pilot:
        await come_to(pilot, "Signed by nobody who is trusted here; nothing was read yet.")
        assert "bundle trust FILE.pub" in " ".join(seen(pilot.app).split())


def picture(
    snap_compare: Any, look: tuple[tuple[int, int], str], *keys: str, text: str, begin: bool, glyphs: Glyphs = UNICODE
) -> bool:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()  # the picture is taken from an app that need not have started yet
        pilot.app.theme = look[1]
        await come_to(pilot, text)
        await come_to(pilot, " Stop" if text == "% of" else " Verify")
        await pilot.press(*keys)
        await pilot.pause()

    app = BundleApp(proving(), begin=begin, glyphs=glyphs)
    return bool(snap_compare(app, terminal_size=look[0], run_before=before))


@pytest.mark.parametrize("look", LOOKS)
def test_contents_look_as_they_did(snap_compare: Any, look: tuple[tuple[int, int], str]) -> None:
    assert picture(snap_compare, look, "down", text="nothing was read yet", begin=False)


@pytest.mark.parametrize("look", LOOKS)
def test_the_reading_looks_as_it_did(
    snap_compare: Any, held: threading.Event, look: tuple[tuple[int, int], str]
) -> None:
    assert picture(snap_compare, look, "down", text="% of", begin=True)


@pytest.mark.parametrize("look", LOOKS)
def test_a_damaged_bundle_looks_as_it_did(snap_compare: Any, look: tuple[tuple[int, int], str]) -> None:
    spoil()
    assert picture(snap_compare, look, text="Not to be used", begin=True)


def test_an_ascii_terminal_is_shown_ascii_alone(snap_compare: Any) -> None:
    assert picture(snap_compare, LOOKS[0], text="Whole: every", begin=True, glyphs=ASCII)
