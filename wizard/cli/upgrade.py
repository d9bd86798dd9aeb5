"""`upgrade`: the way from what runs to another release, and going it."""

import argparse
import json
from pathlib import Path
from typing import Any

from wizard.cli.apply import rollout_options, run
from wizard.cli.check import force_options, forced
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
    gate = verbs.add_parser("check", help="ask the running cluster what stands in the way; changes nothing")
    gate.add_argument("spec", type=Path, help="cluster.yaml; its version is the release that is wanted")
    gate.add_argument("--json", action="store_true", help="print the result as JSON")
    force_options(gate)
    secret_options(gate)
    gate.set_defaults(run=check)
    go = verbs.add_parser("apply", help="go there: snapshots first, servers one at a time, then agents in batches")
    rollout_options(go)
    go.set_defaults(run=run, only="upgrade")
    back = verbs.add_parser("back", help="put one node back to its former release, as long as that can be")
    rollout_options(back)
    back.add_argument("node", help="name of the node in the spec")
    back.set_defaults(run=run_back, only="back")


def run_back(given: argparse.Namespace) -> int:
    """Put a node back."""
    given.about = {"node": given.node}
    return run(given)


def show(given: argparse.Namespace) -> int:
    """Print the way to the spec's version."""
    import asyncio

    from wizard.spec.load import load_spec
    from wizard.spec.rke2_alone import rke2_alone
    from wizard.upgrade.outlook import hops, way_lines, way_record, window_of
    from wizard.upgrade.release import Release

    loaded = load_spec(given.spec)
    warn(loaded.warnings)
    rke2_alone(loaded.spec, "upgrade")
    now = _said(given.source, loaded.spec) if given.source else asyncio.run(_asked(given, loaded.spec))
    found = hops(now, Release.of(loaded.spec.version), loaded.spec, window_of(loaded.spec))
    if given.json:
        print(json.dumps(way_record(found), indent=2))
    else:
        print(*way_lines(found), sep="\n")
    return 0


def check(given: argparse.Namespace) -> int:
    """Print what stands in the way of the upgrade; 3 when a must fails."""
    import asyncio

    from wizard.cli.asking import ask_secrets
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not given.json:
        warn(loaded.warnings)
    secrets = ask_given(given, loaded.spec, ask_secrets)
    return asyncio.run(_check(given, loaded.spec, secrets))


async def _check(given: argparse.Namespace, spec: Any, secrets: Any) -> int:
    from wizard import exits
    from wizard.apply import checked, free_site
    from wizard.checks.report import finding_lines, summary
    from wizard.errand import UPGRADE
    from wizard.preflight import stopping

    async with free_site(spec, given.spec.parent.resolve(), secrets, only=UPGRADE) as opened:
        plan = opened.plan()
        matrix = await checked(opened, plan, forced(given))
    if given.json:
        print(json.dumps(matrix.record(), indent=2))
    else:
        for node, finding in matrix.open():
            print(*finding_lines(node, finding), sep="\n")
        print(summary(matrix))
    return exits.REFUSED if stopping(matrix, plan.nodes) else exits.DONE


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
