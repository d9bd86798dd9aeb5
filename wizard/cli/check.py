"""`check`: prove that the nodes of a spec can carry it; changes nothing."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import exits
from wizard.cli import mending
from wizard.cli.plan import ask_given, secret_options, warn

if TYPE_CHECKING:
    from wizard.apply import Given
    from wizard.checks.check import Check
    from wizard.checks.matrix import Event, Matrix
    from wizard.checks.network.links import Links
    from wizard.hosts.target import Credentials
    from wizard.spec.models import Spec


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("check", help="prove that the nodes can carry the spec, and mend what is asked for")
    command.add_argument("spec", type=Path, nargs="?", help="cluster.yaml")
    command.add_argument("--list", action="store_true", help="name every check, with what it is for")
    command.add_argument(
        "--only", type=_names, default=[], metavar="ID,...", help="these checks, or groups of them, alone"
    )
    command.add_argument(
        "--bandwidth", action="store_true", help="measure bandwidth too: each node sends for 2 seconds"
    )
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.add_argument("--junit", type=Path, metavar="FILE", help="write the result as JUnit XML too")
    command.add_argument("--report", type=Path, metavar="FILE", help="write it as Markdown too, or as HTML: FILE.html")
    command.add_argument("--headless", action="store_true", help="print lines instead of the screen")
    command.add_argument("--all", action="store_true", help="print what is ok too")
    force_options(command)
    mending.options(command, _names)
    secret_options(command)
    command.set_defaults(run=run)


def force_options(command: argparse.ArgumentParser) -> None:
    """Add the options that let a check not count."""
    command.add_argument(
        "--force-check",
        action="append",
        default=[],
        metavar="ID",
        help="go on although this check fails; each wants a --reason",
    )
    command.add_argument(
        "--reason", action="append", default=[], metavar="TEXT", help="why, for the --force-check of the same rank"
    )


def forced(given: argparse.Namespace) -> dict[str, str]:
    """Return check → reason. Raises BadUsage when not every forced check has one."""
    from wizard.errors import BadUsage

    if "force_check" not in given:
        return {}
    if len(given.force_check) != len(given.reason):
        raise BadUsage(
            f"{len(given.force_check)} checks are forced, {len(given.reason)} reasons are given",
            hint="Give a --reason for each --force-check: it lands in the report.",
        )
    return dict(zip(given.force_check, given.reason, strict=True))


def run(given: argparse.Namespace) -> int:
    """Run the checks and tell what they found; 3 when a must fails."""
    import asyncio

    from wizard.checks.known import chosen
    from wizard.cli.asking import ask_secrets
    from wizard.cli.following import screen_fits
    from wizard.errors import BadUsage
    from wizard.hosts.target import Credentials
    from wizard.spec.load import load_spec

    checks = chosen(given.only)
    if given.list:
        return _list(checks)
    if given.spec is None:
        raise BadUsage("which spec shall be checked?", hint="Name its file: rancher-wizard check cluster.yaml")
    loaded = load_spec(given.spec)
    if not given.json:
        warn(loaded.warnings)
    secrets = ask_given(given, loaded.spec, ask_secrets)
    credentials = Credentials(secrets.sudo_password, secrets.key_passphrase)
    if given.undo:
        return asyncio.run(mending.undo(given, loaded.spec, credentials))
    if not given.fix and screen_fits(given):
        return _screen(given, loaded.spec, secrets, checks)
    matrix, mended = asyncio.run(_check(given, loaded.spec, credentials, checks))
    _write(given, matrix)
    if not mended:
        return exits.FAILED
    return exits.REFUSED if matrix.stops() else exits.DONE


def _screen(given: argparse.Namespace, spec: "Spec", secrets: "Given", checks: "tuple[Check, ...]") -> int:
    """Show the checks on the screen; 4 when it was left before all of them had been run."""
    import asyncio

    from screens.checks import ChecksApp
    from wizard.checking import open_checking
    from wizard.checks.report import summary

    async def show() -> int:
        base = given.spec.parent.resolve()
        async with open_checking(spec, base, secrets, checks, forced=forced(given)) as checking:
            checking.run()
            app = ChecksApp(checking)
            await app.run_async()
        matrix = checking.board.matrix
        _write(given, matrix)
        if app.return_code:
            return app.return_code
        print(summary(matrix))
        if not checking.complete:
            return exits.PARTLY
        return exits.REFUSED if matrix.stops() else exits.DONE

    return asyncio.run(show())


async def _check(
    given: argparse.Namespace, spec: "Spec", credentials: "Credentials", checks: "tuple[Check, ...]"
) -> "tuple[Matrix, bool]":
    """Return what was found in the end, and whether all that was to be mended has been."""
    from wizard.checks.report import summary
    from wizard.preflight import blank, open_preflight
    from wizard.times import duration

    begun = time.monotonic()
    matrix = blank(spec, checks, forced(given))

    def heard(event: "Event") -> None:
        matrix.apply(event)
        if not given.json:
            _tell(matrix, event, everything=given.all)

    base = given.spec.parent.resolve()
    async with open_preflight(spec, base, credentials, checks, emit=heard, bandwidth=given.bandwidth) as preflight:
        await preflight.run()
        mended = not given.fix or await mending.fix(given, preflight, matrix)
    if given.json:
        print(json.dumps(matrix.record(), indent=2))
    else:
        if matrix.links:
            _tell_links(matrix.links)
        print(f"{summary(matrix)}, in {duration(time.monotonic() - begun)}")
    return matrix, mended


def _tell_links(links: "Links") -> None:
    from wizard.checks.network.report import lines, summary

    print("\n".join(("", *lines(links), "", f"network: {summary(links)}")))


def _tell(matrix: "Matrix", event: "Event", *, everything: bool) -> None:
    from wizard.checks.matrix import Judged
    from wizard.checks.report import finding_lines

    if not isinstance(event, Judged):
        return
    for each in event.findings:
        waiver = matrix.waiver(event.node, each)
        if waiver:
            print(f"{event.node}: waived {each.check}: {each.saw} ({waiver.reason})")
        elif everything or not each.good:
            print("\n".join(finding_lines(event.node, each)), flush=True)


def _write(given: argparse.Namespace, matrix: "Matrix") -> None:
    from wizard.checks.keep import write_junit, write_report

    if given.junit:
        write_junit(matrix, given.junit)
    if given.report:
        write_report(matrix, given.report)


def _list(checks: "tuple[Check, ...]") -> int:
    for each in checks:
        print(f"{each.id:<32} {each.severity:<7} {each.title}\n{'':<32} {each.why}\n{'':<32} Source: {each.source}")
    print(f"{len(checks)} checks", file=sys.stderr)
    return exits.DONE


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
