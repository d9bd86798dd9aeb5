"""`upgrade`: the way from what runs to another release, and going it."""

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from wizard.cli.apply import rollout_options, run
from wizard.cli.check import force_options, forced
from wizard.cli.plan import ask_given, secret_options, warn

NEXT = "-> What stands in the way: rancher-wizard upgrade check SPEC. Go there: rancher-wizard upgrade apply SPEC."


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
    from wizard.errand import UPGRADE, errand_of
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    warn(loaded.warnings)
    errand_of(loaded.spec, UPGRADE)
    lines, record = (_rke1_way if loaded.spec.distribution == "rke1" else _rke2_way)(given, loaded.spec)
    if given.json:
        print(json.dumps(record, indent=2))
    else:
        print(*lines, sep="\n", flush=True)
        if record:
            print(NEXT, file=sys.stderr)
    return 0


def _rke2_way(given: argparse.Namespace, spec: Any) -> tuple[list[str], Any]:
    import asyncio

    from wizard.bundle.contents.upgrade_controller import by_controller
    from wizard.errors import WizardError
    from wizard.plain import plain
    from wizard.upgrade.controller.plans import plans, plans_text
    from wizard.upgrade.held import refuse_lacking, releases_held
    from wizard.upgrade.outlook import hops, mixed_lines, way_lines, way_record, window_of
    from wizard.upgrade.release import Release

    now = _said(given.source) if given.source else asyncio.run(_asked(given, spec))
    there: frozenset[Release] = frozenset()
    base = given.spec.parent.resolve()
    with suppress(WizardError):  # a bundle that is still to be made
        there = releases_held(spec, base)
    found = hops(now, Release.of(spec.version), spec, window_of(spec), held=there)
    try:
        refuse_lacking(spec, base, found)
    except WizardError as why:
        print(
            plain(f"note: not out of the source as it is: {why.message}"), f"-> {why.hint}", sep="\n", file=sys.stderr
        )
    lines, record = [*mixed_lines(now), *way_lines(found)], way_record(found)
    if by_controller(spec):
        for hop, told in zip(found, record, strict=True):
            told["plans"] = plans(spec, hop.target)
            lines += ["---", f"# plans of the system-upgrade-controller for {hop.target}"]
            lines += plans_text(spec, hop.target).splitlines()
    return lines, record


def _rke1_way(given: argparse.Namespace, spec: Any) -> tuple[list[str], Any]:
    import asyncio

    from wizard.apply import open_site
    from wizard.cli.asking import ask_secrets
    from wizard.errors import BadUsage
    from wizard.spec.release import RKE1_EXAMPLE, RKE1_VERSION
    from wizard.upgrade.rke1.path import lines, record
    from wizard.upgrade.rke1.plan import from_version, outlook

    if given.source and not RKE1_VERSION.fullmatch(given.source):
        raise BadUsage(f"--from: {given.source!r} is not a version of RKE1", hint=f"{RKE1_EXAMPLE.capitalize()}.")
    secrets = ask_given(given, spec, ask_secrets)

    async def look() -> Any:
        base, ask = given.spec.parent.resolve(), not given.source
        async with open_site(spec, base, secrets, begin=False, look=ask) as opened:
            return outlook(opened.site) if ask else from_version(opened.site, given.source)

    found = asyncio.run(look())
    return list(lines(found)), record(found)


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


def _said(version: str) -> Any:
    """All nodes at the version that the operator names; raises BadUsage for what is none."""
    from wizard.errors import BadUsage
    from wizard.upgrade.release import Release
    from wizard.upgrade.running import Running

    try:
        return Running.all_at(Release.of(version))
    except ValueError as error:
        raise BadUsage(f"--from: {error}", hint="A release such as v1.34.2+rke2r1.") from error


async def _asked(given: argparse.Namespace, spec: Any) -> Any:
    from wizard.apply import open_site
    from wizard.cli.asking import ask_secrets
    from wizard.upgrade.running import running

    secrets = ask_given(given, spec, ask_secrets)
    async with open_site(spec, given.spec.parent.resolve(), secrets, begin=False) as opened:
        return running(spec, opened.site.survey)
