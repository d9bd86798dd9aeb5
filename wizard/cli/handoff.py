"""`handoff`: sheets and configurations for a balancer that somebody else looks after."""

import argparse
from pathlib import Path
from typing import Any

KINDS = ("f5", "a10", "nginx", "cloud", "dns")


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("handoff", help="what a balancer of your own has to do, as a sheet and configuration")
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.add_argument(
        "--for", dest="kinds", action="append", choices=KINDS, help="kind of balancer, more than once; default: all"
    )
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help="write files there; default: print them")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the sheets, or write them."""
    from wizard.balancers.handoff.sheets import files
    from wizard.cli.plan import warn
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    warn(loaded.warnings)
    found = files(loaded.spec, dict.fromkeys(given.kinds or KINDS))
    if given.output:
        _write(given.output, found)
    else:
        print("\n".join(text if len(found) == 1 else f"==> {name} <==\n{text}" for name, text in found.items()), end="")
    return 0


def _write(folder: Path, found: dict[str, str]) -> None:
    from wizard.errors import BadUsage
    from wizard.files import write_private

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            write_private(folder / name, text.encode(), mode=0o644)
            print(folder / name)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadUsage(f"{folder} can't be written: {error.strerror}", hint="Name another folder by -o.") from None
