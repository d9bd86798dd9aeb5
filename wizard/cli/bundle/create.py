"""`bundle create`: fetch what a site wants, and write it into one file."""

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.bundle.plan import wish_given, wish_options
from wizard.cli.bundle.prove import chart_values, said
from wizard.errors import BadUsage

if TYPE_CHECKING:
    from wizard.bundle.contents.artifact import Artifact
    from wizard.bundle.contents.wish import Wish
    from wizard.bundle.fetch.contents import Contents
    from wizard.bundle.fetch.create import Making
    from wizard.cli.bundle.lines import Shown


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    command = verbs.add_parser("create", help="fetch what a spec needs, and write it into one file")
    wish_options(command)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the bundle: site.rwb")
    command.add_argument("--name", help="what the bundle calls itself (default: the output's name)")
    command.add_argument("--dry-run", action="store_true", help="say what would be fetched; fetch lists alone")
    command.add_argument("--no-wizard", action="store_true", help="leave the wizard's own wheels out")
    command.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="3.N",
        help="wheels for that Python of the jump host too (default: the one that runs here)",
    )
    ways_options(command)
    command.set_defaults(run=run)


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
        "--from-dir", action="append", default=[], type=Path, metavar="FOLDER", help="take files from there by name"
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


def run(given: argparse.Namespace) -> int:
    """Create the bundle, or say what it would bring."""
    import asyncio

    from wizard.bundle.contents.wanted import wanted
    from wizard.bundle.installer import place
    from wizard.cli.bundle.lines import shown

    wish = wish_given(given)
    found = wanted(wish)
    artifacts = tuple(each for each in found.artifacts if not (given.no_wizard and each.kind == "wheel"))
    if not given.output.resolve().parent.is_dir():
        raise BadUsage(f"{given.output}: there is no such folder", hint="Make it, or give another place.")
    with shown() as bars:
        making = _making(given, bars)
        if given.dry_run:
            _foretell(asyncio.run(making.look(artifacts)))
            return 0
        size_bytes = _make(given, making, artifacts, bars)
    _note(found.notes)
    if not given.no_wizard:
        print(f"{place(given.output.resolve())} installs the wizard out of it: python3 is all that it needs")
    return _prove(given, wish, size_bytes)


def _prove(given: argparse.Namespace, wish: "Wish", size_bytes: int) -> int:
    """Say whether the bundle holds all that the site will ask for; one that does not stays, for what is in it."""
    from wizard.bundle.contents.complete import complete
    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.sizes import size
    from wizard.exits import DONE, REFUSED

    proof = complete(Bundle.open(given.output), wish, values=chart_values(given))
    print(f"{given.output}: {size(size_bytes)}, {said(proof)}")
    return DONE if proof.whole else REFUSED


def _making(given: argparse.Namespace, bars: "Shown") -> "Making":
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
        pythons=tuple(map(_python, given.python)),
    )


def _python(text: str) -> str:
    if not re.fullmatch(r"3\.[1-9][0-9]", text) or text < "3.11":
        raise BadUsage(f"--python {text}: not a Python that the wizard runs on", hint="3.11 or newer, such as 3.12.")
    return text


def _make(given: argparse.Namespace, making: "Making", artifacts: "tuple[Artifact, ...]", bars: "Shown") -> int:
    """Fetch and write; return the size of what is in the bundle."""
    import asyncio

    from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchStarted

    def seen(contents: "Contents") -> None:
        _note(contents.notes)
        bars.expect(contents.coming_bytes)

    name = given.name or given.output.stem
    manifest = asyncio.run(making.gather(artifacts, name=name, seen=seen))
    written = 0
    bars.hear(FetchStarted(given.output.name, manifest.size_bytes, 0))

    def moved(digest: str, count: int) -> None:
        nonlocal written
        written += count
        bars.hear(FetchMoved(given.output.name, written))

    making.write(manifest, given.output.resolve(), moved=moved)
    bars.hear(FetchEnded(given.output.name, "fetched", manifest.size_bytes))
    return manifest.size_bytes


def _foretell(contents: "Contents") -> None:
    from wizard.bundle.sizes import size

    for artifact, want in contents.files:
        known = contents.sizes[want.url]
        print(f"{artifact.kind:<8} {size(known) if known else '?':>10}  {artifact.name}  {artifact.source}")
    for artifact, image in contents.images:
        total = sum(part.size_bytes for part in image.parts)
        print(f"{artifact.kind:<8} {size(total):>10}  {artifact.name}  {image.reference}")
    _note(contents.notes)
    print(f"{len(contents.files)} files, {len(contents.images)} images; {size(contents.coming_bytes)} to come")


def _note(notes: tuple[str, ...]) -> None:
    print(*(f"note: {note}" for note in notes), sep="\n", end="\n" if notes else "", file=sys.stderr)
