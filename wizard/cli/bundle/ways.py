"""How the files of a bundle are reached, and what is said of them before they are fetched."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import BadUsage

if TYPE_CHECKING:
    from wizard.bundle.fetch.contents import Contents
    from wizard.bundle.fetch.create import Making
    from wizard.cli.bundle.lines import Shown


def ways_options(command: argparse.ArgumentParser) -> None:
    """Add what says how files are reached."""
    command.add_argument(
        "--mirror",
        action="append",
        default=[],
        metavar="HOST=URL",
        help="ask there in place of a host or registry, such as docker.io=https://mirror.example",
    )
    command.add_argument(
        "--from-dir",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="take files from there by name, or by the end of their URL, such as RELEASE/install.sh",
    )
    command.add_argument("--cache", type=Path, metavar="FOLDER", help="what was fetched (default: your cache folder)")
    command.add_argument(
        "--keyring",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="public keys that prove repositories of packages (default: those that the distributions install)",
    )
    command.add_argument("--ca-file", type=Path, metavar="FILE", help="trust these CAs too")
    command.add_argument(
        "--auth-file", type=Path, metavar="FILE", help="registry logins, as skopeo and docker keep them"
    )


def making_of(given: argparse.Namespace, bars: "Shown", *, pythons: tuple[str, ...] = ()) -> "Making":
    """Return how files are reached, as the command line says. Raises BadUsage."""
    from wizard.bundle.fetch.cache import Cache
    from wizard.bundle.fetch.create import Making
    from wizard.bundle.fetch.want import Ways, mirror_of
    from wizard.bundle.oci.authfile import read_auth_file, usual_auth_file

    for folder in given.from_dir:
        if not folder.is_dir():
            raise BadUsage(f"--from-dir {folder}: there is no such folder", hint="Give the folder with the files.")
    for keyring in given.keyring:
        if not keyring.is_file():
            raise BadUsage(f"--keyring {keyring}: there is no such file", hint="Give the file with the public keys.")
    auth_file = given.auth_file or usual_auth_file()
    return Making(
        cache=Cache(given.cache) if given.cache else Cache.of_user(),
        arches=frozenset(given.arch or ("amd64",)),
        ways=Ways(tuple(mirror_of(each) for each in given.mirror), tuple(given.from_dir)),
        logins=read_auth_file(auth_file) if auth_file else {},
        listen=bars.hear,
        ca_file=given.ca_file,
        keyrings=tuple(given.keyring),
        pythons=pythons,
    )


def foretell(contents: "Contents") -> None:
    """Print what would be fetched, with sizes and sources."""
    from wizard.bundle.sizes import size

    for artifact, want in contents.files:
        known = contents.sizes[want.url]
        print(f"{artifact.kind:<8} {size(known) if known else '?':>10}  {artifact.name}  {artifact.source}")
    for artifact, image in contents.images:
        total = sum(part.size_bytes for part in image.parts)
        print(f"{artifact.kind:<8} {size(total):>10}  {artifact.name}  {image.reference}")
    note(contents.notes)
    sizes = contents.release_bytes
    for release, size_bytes in sizes.items() if len(sizes) > 1 else ():
        print(f"release {release}: {size(size_bytes)}")
    print(f"{len(contents.files)} files, {len(contents.images)} images; {size(contents.coming_bytes)} to come")


def note(notes: tuple[str, ...]) -> None:
    """Print what else is to be said, beside the lists."""
    print(*(f"note: {note}" for note in notes), sep="\n", end="\n" if notes else "", file=sys.stderr)
