"""The vendor's `rke` on this machine: where it is, and whether it knows the version that is wanted."""

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

from wizard.bundle.carried import carried, taken
from wizard.bundle.contents.artifact import ARCHES
from wizard.bundle.contents.rke1 import rke_for
from wizard.distros.rke1.write import FOLDER
from wizard.errors import WizardError
from wizard.files import write_private
from wizard.plain import plain
from wizard.site import Site

NAMES = ("rke", "rke_linux-amd64")
"""As installed, and as its releases call it."""
ANSWER_S = 60
RELEASES = "https://github.com/rancher/rke/releases has rke_linux-amd64"


def binary(site: Site) -> Path:
    """Return the binary that the spec names, else one in the source's folder or bundle, else that of PATH.

    One in a bundle is taken out of it, proven, into the cluster's own folder. Raises WizardError where there is none
    that can be run, Refused for a bundle that is damaged or that nobody trusted signed.
    """
    spec = site.spec
    if spec.rke1.binary:
        return _usable(site.resolve(spec.rke1.binary))
    if spec.source.kind == "folder" and spec.source.path:
        folder = site.resolve(spec.source.path)
        for name in NAMES:
            if (folder / name).exists():
                return _usable(folder / name)
    if spec.source.kind == "bundle":
        return _out_of_bundle(site)
    found = shutil.which("rke")
    if found is None:
        raise WizardError(
            "there is no rke on this machine",
            hint=f"Name it as rke1.binary, or put it into PATH or the folder of source.path; {RELEASES}.",
        )
    return Path(found)


def refuse_unknown(path: Path, version: str) -> None:
    """Raise WizardError when the binary does not know `version`: it would take another one, or none."""
    versions = versions_of(path)
    if version not in versions:
        offered = ", ".join(sorted(versions)[-8:]) or "none"
        raise WizardError(
            f"{path} does not know {version}; it knows {offered}",
            hint="Set version to one of these, or name another rke as rke1.binary.",
        )


def name_in_bundle(version: str) -> str:
    """Return what a bundle calls the `rke` for this machine that installs a version. Raises BadUsage for none."""
    return f"rke1/{rke_for(version)}/rke_linux-{ARCHES.get(platform.machine(), platform.machine())}"


def _out_of_bundle(site: Site) -> Path:
    bundle = carried(site.spec.source, site.base)
    name = name_in_bundle(site.spec.version)
    entry = bundle.manifest.find("file", name) if bundle else None
    if bundle is None or entry is None:
        hint = f"Make a bundle for this spec by `bundle create`, or name rke as rke1.binary; {RELEASES}."
        raise WizardError(f"{site.spec.source.path}: {name} is not in it", hint=hint)
    place = site.state / FOLDER / "rke"
    extent = taken(bundle, entry)
    if not place.is_file() or _digest(place) != entry.sha256:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(place, extent.read(0, extent.size_bytes), mode=0o700)
    return place


def versions_of(path: Path) -> list[str]:
    """Return the versions of Kubernetes that a binary knows. Raises WizardError when it can't be asked."""
    known = [line.strip() for line in _said(path, "config", "--list-version", "--all").splitlines()]
    return [line for line in known if line.startswith("v") and "-rancher" in line]


def images_of(path: Path, version: str) -> frozenset[str]:
    """Return the images that a binary knows for a version. Raises WizardError when it can't be asked."""
    # Log lines stand between them.
    lines = _said(path, "config", "--system-images", "--version", version).splitlines()
    return frozenset(line.strip() for line in lines if "/" in line and " " not in line.strip())


def _usable(path: Path) -> Path:
    if not path.is_file():
        raise WizardError(f"{path}: there is no such file", hint=f"Name rke as rke1.binary; {RELEASES}.")
    if not os.access(path, os.X_OK):
        raise WizardError(f"{path} can not be run: it is not executable", hint=f"chmod 755 {path}")
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(path: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own binary, no shell
            [path, *arguments], capture_output=True, text=True, timeout=ANSWER_S, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        raise WizardError(f"{path} did not answer in {ANSWER_S} s", hint="Try it: rke --version.") from None
    except OSError as error:
        raise WizardError(
            f"{path} can not be run: {error.strerror}", hint="It must be the binary for this machine's architecture."
        ) from None
    if done.returncode != 0:
        last = plain(next(iter(reversed((done.stderr or done.stdout).splitlines())), "it said nothing"))
        raise WizardError(f"{path} {' '.join(arguments)}: exit {done.returncode}: {last}", hint="Try it by hand.")
    return done.stdout
