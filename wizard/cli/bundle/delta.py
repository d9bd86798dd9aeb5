"""`bundle diff` and `join`: only what changed is carried."""

import argparse
from pathlib import Path
from typing import Any

from wizard.cli.bundle.opening import base_option, demand_name, opened, progress


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    command = verbs.add_parser("diff", help="show how a bundle differs from an older one; -o writes only that")
    command.add_argument("old", type=Path, metavar="OLD")
    command.add_argument("file", type=Path, metavar="NEW")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="write a delta on top of OLD")
    command.set_defaults(run=diff, base=[])
    command = verbs.add_parser("join", help="make a delta and its base one whole bundle again")
    command.add_argument("file", type=Path, metavar="DELTA")
    base_option(command)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the whole bundle")
    command.set_defaults(run=join)


def diff(given: argparse.Namespace) -> int:
    """Show the difference, and write it if a file is named."""
    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.format.delta import difference, write_delta
    from wizard.bundle.sizes import size

    if given.output:
        demand_name(given.output, given.old, given.file)
    old, new = Bundle.open(given.old), opened(given)
    found = difference(old, new)
    for sign, entries in (("+", found.added), ("-", found.removed), ("~", found.changed)):
        for entry in entries:
            print(f"{sign} {entry.kind:<8} {entry.name}")
    print(f"{len(found.coming)} blobs to carry, {size(found.coming_bytes)} of {size(new.manifest.size_bytes)}")
    if given.output:
        with progress(given.output.name, found.coming_bytes) as moved:
            write_delta(given.output, old, new, moved=moved)
        print(f"{given.output}: on top of {given.old.name}")
    return 0


def join(given: argparse.Namespace) -> int:
    """Write the whole bundle."""
    from wizard.bundle.format.delta import write_whole

    demand_name(given.output, given.file, *given.base)
    bundle = opened(given)
    with progress(given.output.name, bundle.manifest.size_bytes) as moved:
        write_whole(given.output, bundle, moved=moved)
    print(f"{given.output}: {bundle.id}")
    return 0
