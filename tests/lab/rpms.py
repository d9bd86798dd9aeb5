"""An RPM distribution made by its own tools: rpmbuild, rpmsign, createrepo_c."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.unit.bundle.debian import Publisher
from tests.unit.bundle.web import Answer, Asked

TOOLS = {
    "rpmbuild": "rpm",
    "rpmsign": "rpm",
    "createrepo_c": "createrepo-c",
    "dnf": "dnf",
    "zypper": "zypper",
    "gpg": "gnupg",
    "gpgv": "gpgv",
}
SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: made for a test
License: none
{fields}
%description
%install
mkdir -p %{{buildroot}}/usr/share/{name}
echo {version} >%{{buildroot}}/usr/share/{name}/version
{more}
%files
/usr/share/{name}
{listed}
"""
PROGRAM = ("--define", "__gpg /usr/bin/gpg")  # rpm looks for gpg2, which Debian calls gpg
BASE = ("coreutils", "dnf", "openssh-server", "sudo", "systemd", "util-linux", "openssh", "zypper")
"""What a minimal node has, beside bash."""


@dataclass(frozen=True)
class Made:
    """A package: its version, further fields, and a program that it brings."""

    name: str
    version: str = "1.0"
    fields: str = ""
    program: str = ""


PACKAGES = (
    *(Made(name) for name in BASE),
    Made("bash", fields="Provides: /bin/sh", program="/usr/bin/sh"),
    Made("haproxy", "2.4.22", "Requires: lua-libs >= 5.4, /bin/sh, systemd, (tuned if systemd), helper"),
    Made("haproxy", "2.4.3"),
    Made("lua-libs", "5.4.4", "Requires: coreutils >= 1.0"),
    Made("tuned"),
    Made("helper-b", fields="Provides: helper = 2"),
    Made("helper-c", fields="Provides: helper = 1"),
    Made("socat", fields="Requires: helper = 2"),
    Made("bystander"),
)


def build(folder: Path, packages: tuple[Made, ...] = PACKAGES) -> Path:
    """Build the packages; return the folder that they lie in."""
    for made in packages:
        spec = folder / f"{made.name}-{made.version}.spec"
        program = f"mkdir -p %{{buildroot}}{Path(made.program).parent}; echo >%{{buildroot}}{made.program}"
        text = SPEC.format(
            name=made.name,
            version=made.version,
            fields=made.fields,
            more=program if made.program else "",
            listed=made.program,
        )
        spec.write_text(text)
        words = ("--define", f"_topdir {folder}", "--define", f"_rpmdir {folder / 'made'}", "-bb", "--quiet")
        subprocess.run(("rpmbuild", *words, "--target", "x86_64", spec), check=True, capture_output=True)
    return folder / "made" / "x86_64"


def sign(repository: Path, publisher: Publisher) -> None:
    """Sign every package by itself."""
    words = ("--define", f"_gpg_path {publisher.home}", "--define", "_gpg_name archive@example.test", *PROGRAM)
    files = sorted(map(str, repository.glob("*.rpm")))
    subprocess.run(("rpmsign", "--addsign", *words, *files), check=True, capture_output=True)


def publish(repository: Path, publisher: Publisher) -> None:
    """Make the folder a repository, and sign its list."""
    subprocess.run(("createrepo_c", "--quiet", str(repository)), check=True, capture_output=True)
    table = repository / "repodata" / "repomd.xml"
    command = ("gpg", "--homedir", str(publisher.home), "--batch", "--quiet", "--detach-sign", "--armor", "--yes")
    subprocess.run((*command, "--output", f"{table}.asc", str(table)), check=True)


def answers(repository: Path, roots: tuple[str, ...]) -> Callable[[Asked], Answer]:
    """Answer for the repository below each root."""

    def answer(asked: Asked) -> Answer:
        for root in roots:
            path = repository / asked.path.removeprefix(f"{root}/")
            if asked.path.startswith(f"{root}/") and path.is_file():
                return Answer(200, path.read_bytes())
        return Answer(404)

    return answer


TOOLBOX = """awk basename cat chmod chown cp cut dirname env grep id mkdir mv printf rm rmdir sed sh sha256sum sort stat
sync tr"""


def node_path(folder: Path, manager: str, root: Path) -> str:
    """Return a PATH with what every system has, and one package manager that works below `root`."""
    tools = folder / f"bin-{manager}"
    tools.mkdir()
    for name in TOOLBOX.split():
        found = next(path for place in ("/usr/bin", "/bin") if (path := Path(place) / name).exists())
        (tools / name).symlink_to(found)
    words = {"dnf": f"--installroot={root} --releasever=9", "zypper": f"--root {root}", "rpm": f"--root {root}"}
    for name in (manager, "rpm"):
        program = tools / name
        program.write_text(f'#!/bin/sh\nPATH={os.defpath}:/usr/sbin:/sbin exec /usr/bin/{name} {words[name]} "$@"\n')
        program.chmod(0o755)
    return str(tools)
