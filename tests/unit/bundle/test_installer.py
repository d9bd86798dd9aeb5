"""The program that installs the wizard out of a bundle, by Python alone."""

import ensurepip
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.bundle.site import digest_of, write_signed
from wizard.bundle.format.manifest import Entry
from wizard.bundle.installer import install, place

PIP = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"), None)
FILES = {
    "stand_in.py": "def main(): print('the wizard runs')\n",
    "rancher_wizard-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: rancher-wizard\nVersion: 1.0\n",
    "rancher_wizard-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "rancher_wizard-1.0.dist-info/entry_points.txt": "[console_scripts]\nrancher-wizard = stand_in:main\n",
    "rancher_wizard-1.0.dist-info/RECORD": "",
}

pytestmark = pytest.mark.skipif(PIP is None, reason="this Python has no pip of its own to put into a bundle")


def wheel(name: str, path: Path) -> tuple[Entry, bytes]:
    data = path.read_bytes()
    return Entry(kind="wheel", name=f"wizard/{name}", sha256=digest_of(data), source="pip:rancher-wizard"), data


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program beside a signed bundle that holds pip and a stand-in for the wizard."""
    own = tmp_path / "own.whl"
    with zipfile.ZipFile(own, "w") as packed:
        for name, text in FILES.items():
            packed.writestr(name, text)
    assert PIP is not None
    write_signed(tmp_path, wheel("rancher_wizard-1.0-py3-none-any.whl", own), wheel(PIP.name, PIP))
    return place(tmp_path / "site.rwb")


def run(program: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run it as an operator would, on a machine without pip."""
    folder = program.parent
    words = ["-I", str(program), "--to", str(folder / "opt"), "--link", str(folder / "bin"), *more]
    return subprocess.run([sys.executable, *words], capture_output=True, text=True)


def test_it_installs_what_is_signed_and_changes_nothing_the_second_time(program: Path, tmp_path: Path) -> None:
    done = run(program, "--key", str(tmp_path / "signer.pub"))
    assert done.returncode == 0, done.stderr
    assert f"signed by {tmp_path / 'signer.pub'}" in done.stdout
    assert subprocess.run((tmp_path / "bin" / "rancher-wizard",), capture_output=True).stdout == b"the wizard runs\n"
    again = run(program, "--key", str(tmp_path / "signer.pub"))
    assert (again.returncode, "there already" in again.stdout) == (0, True)


def test_what_was_left_half_done_is_done_anew(program: Path, tmp_path: Path) -> None:
    assert run(program, "--unsigned").returncode == 0
    (made,) = (tmp_path / "opt").iterdir()
    (made / install.DONE).unlink()
    (made / "bin" / "rancher-wizard").unlink()
    assert run(program, "--unsigned").returncode == 0
    assert (made / "bin" / "rancher-wizard").exists()


def test_without_a_key_or_with_another_one_nothing_is_installed(program: Path, tmp_path: Path) -> None:
    assert "--key FILE.pub is needed" in run(program).stderr
    words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other"))
    subprocess.run(words, check=True)
    done = run(program, "--key", str(tmp_path / "other.pub"))
    assert (done.returncode, "signed this bundle as it is" in done.stderr) == (1, True)
    assert not (tmp_path / "opt").exists()


@pytest.mark.parametrize("where", ["manifest", "wheel"])
def test_a_changed_bundle_installs_nothing(program: Path, tmp_path: Path, where: str) -> None:
    bundle = tmp_path / "site.rwb"
    data = bytearray(bundle.read_bytes())
    at = data.index(b"pip:rancher") if where == "manifest" else data.index(b"the wizard runs") + 3
    data[at] ^= 1
    bundle.write_bytes(data)
    done = run(program, "--key", str(tmp_path / "signer.pub"))
    assert done.returncode == 1
    assert ("signed this bundle" if where == "manifest" else "damaged or was changed") in done.stderr
    assert not (tmp_path / "bin").exists()
    assert "Traceback" not in done.stderr


def test_a_cut_bundle_is_refused_without_a_traceback(program: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "site.rwb"
    bundle.write_bytes(bundle.read_bytes()[:700])
    done = run(program, "--unsigned")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "site.rwb" in done.stderr


@pytest.mark.parametrize(("text", "why"), [(None, "No such file or directory"), ("one", "not a public key")])
def test_a_key_that_is_none_is_told_as_such(program: Path, tmp_path: Path, text: str | None, why: str) -> None:
    key = tmp_path / "none.pub"
    if text:
        key.write_text(text)
    done = run(program, "--key", str(key))
    assert done.returncode != 0
    assert f"{key}: {why}" in done.stdout + done.stderr
    assert "Give the .pub file" in done.stdout + done.stderr


def test_a_program_of_somebody_else_is_not_replaced(program: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "rancher-wizard").write_text("theirs")
    assert "not ours" in run(program, "--unsigned").stdout
    assert (tmp_path / "bin" / "rancher-wizard").read_text() == "theirs"
