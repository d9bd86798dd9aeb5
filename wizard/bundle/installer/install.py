#!/usr/bin/env python3
"""Install rancher-wizard out of the bundle beside this file. It needs Python alone: no pip, no network.

    python3 site.rwb.install.py --key signer.pub

Every wheel is proven by the bundle's manifest, and that by the key of whoever signed it (ssh-keygen -Y verify).
The wizard gets an environment of its own; a link to it goes where programs lie. Run again, it changes nothing.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

OLDEST = (3, 11)
MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
LIMITS = {MANIFEST: 32 << 20, SIGNATURE: 1024}
WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+]*-[A-Za-z0-9._+-]+\.whl")
CHUNK = 1 << 20
DONE = "installed"  # the last that is written: without it, an environment was begun and not ended


def main() -> int:
    """Install it, and say where."""
    given = options()
    if sys.version_info < OLDEST:
        stop(f"this is Python {sys.version.split()[0]}", f"The wizard needs {'.'.join(map(str, OLDEST))} or newer.")
    try:
        with tarfile.open(given.bundle, "r:") as bundle:
            data = member(bundle, MANIFEST)
            if not given.unsigned:
                print(f"{given.bundle}: signed by {signer(data, member(bundle, SIGNATURE), given.key)}")
            place = install(bundle, json.loads(data), given.to / hashlib.sha256(data).hexdigest()[:12])
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        stop(f"{given.bundle}: {error}", "Copy the bundle again from where it was made; --bundle names another.")
    link(given.link / "rancher-wizard", place / "bin" / "rancher-wizard")
    return 0


def options() -> argparse.Namespace:
    """Read the command line; root installs for all, others for themselves."""
    root, home = os.geteuid() == 0, Path.home()
    parser = argparse.ArgumentParser(description="Install rancher-wizard out of a bundle; needs Python alone.")
    beside = Path(__file__).resolve().with_name(Path(__file__).name.removesuffix(".install.py"))
    parser.add_argument("--bundle", type=Path, default=beside, metavar="FILE", help="default: the one beside this file")
    parser.add_argument("--key", type=Path, action="append", metavar="FILE.pub", help="public key of who signed it")
    parser.add_argument("--unsigned", action="store_true", help="take it on your own word, whoever signed it or not")
    to, path = home / ".local/share/rancher-wizard-program", home / ".local/bin"
    if root:
        to, path = Path("/opt/rancher-wizard"), Path("/usr/local/bin")
    parser.add_argument("--to", type=Path, default=to, metavar="FOLDER", help="where it goes (default: %(default)s)")
    parser.add_argument(
        "--link", type=Path, default=path, metavar="FOLDER", help="where a link leads to it (%(default)s)"
    )
    given = parser.parse_args()
    if not given.key and not given.unsigned:
        parser.error("--key FILE.pub is needed, or --unsigned")
    given.to, given.link = given.to.absolute(), given.link.absolute()
    return given


def member(bundle: tarfile.TarFile, name: str) -> bytes:
    """Return a small member whole."""
    found = bundle.getmember(name)
    if not found.isreg() or found.size > LIMITS[name]:
        raise ValueError(f"{name} in it is not what a bundle has")
    file = bundle.extractfile(found)
    return file.read() if file else b""


def signer(manifest: bytes, signature: bytes, keys: Sequence[Path]) -> str:
    """Return which key signed the manifest; stop where none of them did."""
    if not signature.strip():
        stop("the bundle is not signed", "Sign it by `rancher-wizard bundle sign` where it was made, or --unsigned.")
    found = next((key for key in keys if signed(manifest, signature.rstrip(b"\n") + b"\n", key)), None)
    if found is None:
        names = ", ".join(map(str, keys))
        stop(f"no key of {names} signed this bundle as it is", "Give the right key; else the bundle was changed.")
    return str(found)


def signed(manifest: bytes, signature: bytes, key: Path) -> bool:
    """Whether that key made that signature."""
    try:
        kind, public = key.read_text().split()[:2]
    except OSError as error:
        stop(f"{key}: {error.strerror}", "Give the .pub file of who signed the bundle.")
    except ValueError:
        stop(f"{key}: not a public key", "Give the .pub file of who signed the bundle.")
    with tempfile.TemporaryDirectory() as name:
        allowed, proof = Path(name) / "allowed", Path(name) / "signature"
        allowed.write_text(f"bundle {kind} {public}\n")
        proof.write_bytes(signature)
        words = ["ssh-keygen", "-Y", "verify", "-n", "rancher-wizard-bundle", "-I", "bundle"]
        words += ["-f", str(allowed), "-s", str(proof)]
        try:
            return subprocess.run(words, input=manifest, capture_output=True, check=False).returncode == 0  # noqa: S603 - no shell
        except FileNotFoundError:
            stop("ssh-keygen is not here to prove the signature", "Install openssh-client, or give --unsigned.")


def install(bundle: tarfile.TarFile, manifest: Any, place: Path) -> Path:
    """Make the environment, unless it is there; return its folder."""
    if (place / DONE).exists():
        print(f"{place}: there already")
        return place
    shutil.rmtree(place, ignore_errors=True)  # what was begun and not ended
    with tempfile.TemporaryDirectory() as name:
        wheels = list(unpacked(bundle, manifest, Path(name)))
        pip = next((path for path in wheels if path.name.startswith("pip-")), None)
        wizard = next((path for path in wheels if path.name.startswith("rancher_wizard-")), None)
        if pip is None or wizard is None:
            stop("the wizard is not in this bundle", "Make one by `bundle create` without --no-wizard.")
        venv.create(place, symlinks=True)
        words = [str(place / "bin" / "python"), f"{pip}/pip", "install", "-q", "--no-index", "--no-cache-dir"]
        words += ["--disable-pip-version-check", "--no-input", "--find-links", name, str(wizard)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip said nothing"]
        stop(
            f"{errors[-1]} (wheels are for {made_for(wheels)})", "Use such a machine, or make the bundle on one alike."
        )
    (place / DONE).touch()
    print(f"{place}: installed {wizard.name.split('-')[1]}")
    return place


def unpacked(bundle: tarfile.TarFile, manifest: Any, folder: Path) -> Iterator[Path]:
    """Yield each wheel, written into a folder and proven by its digest."""
    for entry in manifest["entries"]:
        if entry["kind"] != "wheel":
            continue
        name, wanted, digest = entry["name"].rsplit("/", 1)[-1], entry["sha256"], hashlib.sha256()
        if not WHEEL.fullmatch(name) or not re.fullmatch("[0-9a-f]{64}", wanted):
            raise ValueError(f"{name!r} is not the name of a wheel")
        source = bundle.extractfile(f"blobs/sha256/{wanted}")
        with (folder / name).open("wb") as file:
            while source and (chunk := source.read(CHUNK)):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != wanted:
            raise ValueError(f"{name} in it is damaged or was changed: its sha256 is {digest.hexdigest()[:16]}…")
        yield folder / name


def made_for(wheels: Sequence[Path]) -> str:
    """Return which Pythons the compiled wheels are for."""
    tags = {"-".join(path.stem.split("-")[-3:]) for path in wheels}
    return ", ".join(sorted(tag for tag in tags if not tag.endswith("-any"))) or "any Python"


def link(path: Path, program: Path) -> None:
    """Lead from where programs lie to the wizard; what somebody else has put there stays."""
    if path.exists() and not path.is_symlink():
        print(f"{path} is there and not ours; start {program}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(program)
    new.replace(path)
    print(f"start it: {path}")


def stop(what: str, move: str) -> NoReturn:
    """End with what was found and the next move."""
    print(f"{what}\n-> {move}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
