"""`bundle create`: fetch what a site wants, and write it into one file."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.bundle.opening import demand_name
from wizard.cli.bundle.plan import wish_given, wish_options
from wizard.cli.bundle.prove import chart_values, said
from wizard.cli.bundle.ways import foretell, making_of, note, ways_options
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
    if not given.dry_run:
        _demand_place(given)
    with shown() as bars:
        making = making_of(given, bars, pythons=tuple(map(_python, given.python)))
        if given.dry_run:
            foretell(asyncio.run(making.look(artifacts)))
            return 0
        size_bytes = _make(given, making, artifacts, bars)
    note(found.notes)
    if not given.no_wizard:
        print(f"{place(given.output.resolve())} installs the wizard out of it: python3 is all that it needs")
    return _prove(given, wish, size_bytes)


def _demand_place(given: argparse.Namespace) -> None:
    """Refuse what would fail when everything has been fetched. Raises BadUsage."""
    import os

    from wizard.bundle.format.manifest import new_manifest
    from wizard.errors import WizardError

    demand_name(given.output, given.spec)
    if not os.access(given.output.resolve().parent, os.W_OK):
        raise BadUsage(f"{given.output}: its folder can not be written to", hint="Give another place.")
    name = given.name or given.output.stem
    try:
        new_manifest(name, (), ())
    except WizardError:
        hint = "Give one by --name: letters, digits and . _ + : @ ~ ^ = -, with a letter or digit first."
        raise BadUsage(f"{name!r} can not be what the bundle calls itself", hint=hint) from None


def _prove(given: argparse.Namespace, wish: "Wish", size_bytes: int) -> int:
    """Say whether the bundle holds all that the site will ask for; one that does not stays, for what is in it."""
    from wizard.bundle.contents.complete import complete
    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.sizes import size
    from wizard.exits import DONE, REFUSED

    bundle = Bundle.open(given.output)
    proof = complete(bundle, wish, values=chart_values(given))
    print(f"{given.output}: {size(size_bytes)}, {said(proof, wish, bundle)}")
    return DONE if proof.whole else REFUSED


def _python(text: str) -> str:
    if not re.fullmatch(r"3\.[1-9][0-9]", text) or text < "3.11":
        raise BadUsage(f"--python {text}: not a Python that the wizard runs on", hint="3.11 or newer, such as 3.12.")
    return text


def _make(given: argparse.Namespace, making: "Making", artifacts: "tuple[Artifact, ...]", bars: "Shown") -> int:
    """Fetch and write; return the size of what is in the bundle."""
    import asyncio

    from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchStarted

    def seen(contents: "Contents") -> None:
        note(contents.notes)
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
