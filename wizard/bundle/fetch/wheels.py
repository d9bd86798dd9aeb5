"""The wizard itself as wheels: its own, packed from what runs here, those that it needs, and pip to install them."""

import base64
import hashlib
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from wizard import __version__
from wizard.bundle.fetch.cache import Blob, Cache
from wizard.errors import WizardError
from wizard.plain import plain

NAME = "rancher-wizard"
PACKAGES = ("profiles", "screens", "wizard")
_PACKED = f"rancher_wizard-{__version__}"
# By the glibc of RHEL 8 and RHEL 7: what runs there runs on whatever is newer.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows: the same files are the same bytes
_WHEEL = "Wheel-Version: 1.0\nGenerator: rancher-wizard\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheels(cache: Cache, pythons: Sequence[str] = ()) -> dict[str, Blob]:
    """Return the wizard's wheel and those of all that it needs, by file name, in the versions that run here.

    They are for this Python and for `pythons` (3.12), on this kind of machine. pip's own settings for indexes and
    proxies hold. Raises WizardError where pip can't fetch them.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = folder / f"{_PACKED}-py3-none-any.whl"
        pack(own)
        _download(own)
        for python in pythons:
            _download(own, "--python-version", python, *_platforms())
        return {path.name: cache.add(path.read_bytes()) for path in sorted(folder.glob("*.whl"))}


def pack(path: Path) -> None:
    """Write the wizard's own wheel, from the files that run here (the wheel format: PEP 427)."""
    record: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in _members():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}")
            _put(wheel, name, data)
        listed = f"{_PACKED}.dist-info/RECORD"
        _put(wheel, listed, "\n".join([*record, f"{listed},,", ""]).encode())


def _members() -> Iterator[tuple[str, bytes]]:
    root = Path(__file__).parents[3]
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(root)), path.read_bytes()
    installed = metadata.distribution(NAME)
    for name in ("METADATA", "entry_points.txt"):
        yield f"{_PACKED}.dist-info/{name}", (installed.read_text(name) or "").encode()
    yield f"{_PACKED}.dist-info/WHEEL", _WHEEL.encode()


def _put(wheel: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    wheel.writestr(member, data)


def _platforms() -> Iterator[str]:
    """Yield what tells pip which machines the wheels of another Python are for; of this one it knows by itself."""
    for name in _PLATFORMS:
        yield from ("--platform", f"{name}_{platform.machine()}")


def _download(own: Path, *target: str) -> None:
    """Put beside a wheel those that it needs."""
    pinned = own.with_name("pinned.txt")
    pinned.write_text("".join(f"{each.name}=={each.version}\n" for each in _others()))
    words = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--only-binary", ":all:")
    done = subprocess.run(  # noqa: S603 - our own words, and paths that we made
        (*words, *target, "--dest", str(own.parent), "--constraint", str(pinned), str(own), "pip"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        errors = (line.removeprefix("ERROR: ") for line in done.stdout.splitlines() if line.startswith("ERROR: "))
        why = plain(next(errors, f"pip ended with {done.returncode}"))
        hint = "pip takes an index from PIP_INDEX_URL, a proxy from HTTPS_PROXY; --no-wizard leaves the wizard out."
        raise WizardError(f"the wizard's own wheels: {why}", hint=hint)


def _others() -> list[metadata.Distribution]:
    return [each for each in metadata.distributions() if each.name and each.name != NAME]
