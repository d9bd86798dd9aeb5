"""`trust`: the host keys of all nodes in one table, accepted once."""

import argparse
from pathlib import Path
from typing import Any


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("trust", help="show unknown host keys of the nodes, and accept them once")
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.add_argument("--yes", action="store_true", help="accept without asking (a changed key never)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Settle the host keys of a spec's nodes."""
    from wizard.cli.asking import settle_trust
    from wizard.site import targets
    from wizard.spec.load import load_spec

    spec = load_spec(given.spec).spec
    new = settle_trust(targets(spec, given.spec.parent.resolve()), yes=given.yes, at_once=spec.ssh.at_once)
    print("accepted" if new else "no unknown host keys")
    return 0
