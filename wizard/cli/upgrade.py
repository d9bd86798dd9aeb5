"""`upgrade`: the way from what runs to another release, and going it."""

import argparse
import json
from pathlib import Path
from typing import Any

from wizard.cli.apply import rollout_options, run
from wizard.cli.plan import ask_given, secret_options, warn


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("upgrade", help="bring a running cluster to another release")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    plan = verbs.add_parser("plan", help="show the releases on the way and what is met there; changes nothing")
    plan.add_argument("spec", type=Path, help="cluster.yaml; its version is the release that is wanted")
    plan.add_argument("--from", dest="source", metavar="VERSION", help="start there, without asking the nodes")
    plan.add_argument("--json", action="store_true", help="print the way as JSON")
    secret_options(plan)
    plan.set_defaults(run=show)
    go = verbs.add_parser("apply", help="go there: snapshots first, servers one at a time, then agents in batches")
    rollout_options(go)
    go.set_defaults(run=run, only="upgrade")


def show(given: argparse.Namespace) -> int:
    """Print the way to the spec's version."""
    import asyncio

    from wizard.spec.load import load_spec
    from wizard.upgrade.outlook import hops, way_lines, way_record
    from wizard.upgrade.release import Release

    loaded = load_spec(given.spec)
    warn(loaded.warnings)
    now = _said(given.source, loaded.spec) if given.source else asyncio.run(_asked(given, loaded.spec))
    found = hops(now, Release.of(loaded.spec.version), loaded.spec)
    if given.json:
        print(json.dumps(way_record(found), indent=2))
    else:
        print(*way_lines(found), sep="\n")
    return 0


def _said(version: str, spec: Any) -> Any:
    """All nodes at the version that the operator names; raises BadUsage for what is none."""
    from wizard.errors import BadUsage
    from wizard.upgrade.release import Release
    from wizard.upgrade.running import Running

    try:
        release = Release.of(version)
    except ValueError as error:
        raise BadUsage(f"--from: {error}", hint="A release such as v1.34.2+rke2r1.") from error
    return Running({node.name: release for node in spec.servers}, {node.name: release for node in spec.agents})


async def _asked(given: argparse.Namespace, spec: Any) -> Any:
    from wizard.apply import open_site
    from wizard.cli.asking import ask_secrets
    from wizard.upgrade.running import running

    secrets = ask_given(given, spec, ask_secrets)
    async with open_site(spec, given.spec.parent.resolve(), secrets, begin=False) as opened:
        return running(spec, opened.site.survey)
