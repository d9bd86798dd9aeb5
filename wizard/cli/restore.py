"""`restore`: the cluster brought back out of a snapshot, from any state."""

import argparse
from pathlib import Path
from typing import Any

from wizard.cli.apply import view_options
from wizard.cli.check import force_options
from wizard.cli.plan import ask_given, secret_options, warn


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("restore", help="bring the cluster back out of a snapshot, from any state")
    command.add_argument("spec", type=Path, help="cluster.yaml")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--snapshot", metavar="NAME", default="", help="the snapshot; default: the newest that is known")
    what.add_argument(
        "--data-of", metavar="SERVER", default="", help="no snapshot: what etcd on this server still has (quorum lost)"
    )
    what.add_argument("--list", action="store_true", help="list the snapshots, here and on servers; changes nothing")
    command.add_argument(
        "--without",
        metavar="SERVER",
        action="append",
        default=[],
        help="a server that is off for good; may be repeated",
    )
    command.add_argument("--s3", action="store_true", help="take --snapshot out of the bucket of the spec")
    command.add_argument("--plan", action="store_true", help="show what would be done; changes nothing")
    command.add_argument("--confirm", metavar="CLUSTER", help="start without asking: the cluster's name")
    view_options(command)
    force_options(command)
    secret_options(command)
    command.set_defaults(run=run, yes=False, offline=False)


def run(given: argparse.Namespace) -> int:
    """List, show the plan, or restore."""
    from wizard.cli.apply import bring_up
    from wizard.cli.asking import ask_secrets
    from wizard.cli.plan import show
    from wizard.cli.snapshot import show_snapshots
    from wizard.errand import RESTORE
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec
    from wizard.upgrade.restore.begun import Wish

    loaded = load_spec(given.spec)
    if not given.json:
        warn(loaded.warnings)
    secrets = ask_given(given, loaded.spec, ask_secrets)
    if given.list:
        return show_snapshots(given, loaded.spec, secrets)
    if given.s3 and loaded.spec.distribution != "rke2":
        raise BadUsage(
            "--s3 is for clusters of RKE2", hint="`rke` fetches from its own bucket by itself: --snapshot NAME."
        )
    given.about = Wish(given.snapshot, given.data_of, tuple(given.without), bucket=given.s3).record()
    if given.plan:
        return show(given, loaded.spec, secrets, only=RESTORE)
    return bring_up(given, loaded.spec, secrets, only=RESTORE)
