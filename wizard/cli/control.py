"""The commands that look at a rollout and speak to its engine: attach, status, report, pause, resume, and so on."""

import argparse
import json
from pathlib import Path
from typing import Any

from wizard import exits
from wizard.cli.plan import secret_options

WORDS = {
    "pause": "let the steps in hand finish and start no new ones",
    "resume": "go on after a pause",
    "retry": "try a node again that has failed or was skipped",
    "skip": "leave a node out of this rollout",
    "back": "put a node of an upgrade that has failed back to its former release, in place",
    "abort": "finish the steps in hand, then end the rollout",
}


def register(commands: Any) -> None:
    """Add this room's commands."""
    attach = commands.add_parser("attach", help="watch a rollout, running or ended")
    _cluster(attach)
    view = attach.add_mutually_exclusive_group()
    view.add_argument("--headless", action="store_true", help="print one line an event instead of the screen")
    view.add_argument("--json", action="store_true", help="print events as JSON lines")
    view.add_argument("--screenshot", type=Path, metavar="FILE.svg", help="write the screen as a picture and end")
    attach.add_argument("--size", default="80x24", metavar="COLUMNSxROWS", help="size of the screenshot")
    attach.add_argument("--output", action="store_true", help="with --headless: also what nodes print")
    attach.set_defaults(run=run_attach)
    status = commands.add_parser("status", help="watch a running cluster (cluster.yaml), or say how a rollout stands")
    status.add_argument(
        "cluster",
        nargs="?",
        help="cluster.yaml: the running cluster, live; its name, or nothing: how its latest rollout stands",
    )
    view = status.add_mutually_exclusive_group()
    view.add_argument("--headless", action="store_true", help="print lines once instead of the screen")
    view.add_argument("--json", action="store_true", help="print it as JSON")
    status.add_argument(
        "--every", type=_seconds, default=10.0, metavar="SECONDS", help="how often the screen looks (default 10)"
    )
    secret_options(status)
    status.set_defaults(run=run_status)
    told = commands.add_parser("report", help="print the report of a rollout as Markdown, or as a page for a browser")
    _cluster(told)
    told.add_argument("--html", action="store_true", help="print it as HTML that needs nothing beside itself")
    told.set_defaults(run=run_report)
    for word, text in WORDS.items():
        command = commands.add_parser(word, help=text)
        if word in ("retry", "skip", "back"):
            command.add_argument("node", help="name of the node in the spec")
        _cluster(command)
        command.set_defaults(run=run_word, word=word)


def _seconds(text: str) -> float:
    """What --every takes: a look a second is the most."""
    if not text.isdecimal() or not 1 <= int(text) <= 86400:
        raise argparse.ArgumentTypeError("whole seconds, 1 to 86400")
    return float(text)


def _cluster(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "cluster", nargs="?", help="cluster name or cluster.yaml; default: the only one known to this host"
    )


def run_attach(given: argparse.Namespace) -> int:
    """Follow the latest rollout of a cluster."""
    from wizard.cli.following import follow

    run_dir = latest_run(given.cluster)
    if given.screenshot:
        return _screenshot(given, run_dir)
    return follow(given, run_dir)


def _screenshot(given: argparse.Namespace, run_dir: Path) -> int:
    from screens.screenshot import export
    from wizard.errors import BadUsage
    from wizard.files import write_private

    columns, _, rows = given.size.partition("x")
    if not (columns.isdigit() and rows.isdigit() and int(columns) >= 80 and int(rows) >= 24):
        raise BadUsage(f"--size {given.size}: not a size", hint="COLUMNSxROWS, at least 80x24.")
    write_private(given.screenshot, export(run_dir, (int(columns), int(rows))).encode(), mode=0o644)
    return exits.DONE


def run_status(given: argparse.Namespace) -> int:
    """Show a running cluster, or print how the latest rollout of one stands: exit code as its end, 4 while it runs."""
    import asyncio

    from wizard.cli.showing import status_lines, status_record
    from wizard.cli.standing import show
    from wizard.rollout.journal import read_whole
    from wizard.rollout.process import JOURNAL
    from wizard.rollout.progress import Progress
    from wizard.rollout.watch import alive, gone

    if given.cluster and given.cluster.endswith((".yaml", ".yml")):
        return show(given, Path(given.cluster))
    run_dir = latest_run(given.cluster)
    progress = Progress()
    for event in read_whole(run_dir / JOURNAL):
        progress.apply(event)
    if given.json:
        print(json.dumps(status_record(progress), indent=2))
    else:
        for line in status_lines(progress):
            print(line)
    if progress.ending:
        return exits.of_outcome(progress.ending.outcome)
    if not asyncio.run(alive(run_dir)):
        raise gone(run_dir)
    return exits.PARTLY


def run_report(given: argparse.Namespace) -> int:
    """Print the report of a cluster's latest rollout."""
    from wizard.page import page
    from wizard.report import report

    told = report(latest_run(given.cluster))
    print(page(told) if given.html else told, end="")
    return exits.DONE


def run_word(given: argparse.Namespace) -> int:
    """Give the running engine of a cluster one word."""
    import asyncio

    from wizard.rollout.control import Control

    print(asyncio.run(Control(latest_run(given.cluster)).send(given.word, getattr(given, "node", ""))))
    return exits.DONE


def latest_run(cluster: str | None) -> Path:
    """Return the folder of a cluster's latest rollout.

    `cluster` is its name, its spec, or None where this host knows only one. Raises BadUsage when there is none.
    """
    from wizard.errors import BadUsage
    from wizard.rollout.process import runs
    from wizard.site import known_clusters, state_dir

    if cluster and cluster.endswith((".yaml", ".yml")):
        from wizard.spec.load import load_spec

        cluster = load_spec(Path(cluster)).spec.name
    known = known_clusters()
    if cluster is None and len(known) == 1:
        cluster = known[0]
    if cluster is None or cluster not in known:
        names = ", ".join(known) or "none"
        hint = "Give its name, or its cluster.yaml." if known else "Begin with one: rancher-wizard, or new --from FILE."
        raise BadUsage(f"which cluster? This host knows: {names}", hint=hint)
    found = runs(state_dir(cluster))
    if not found:
        raise BadUsage(f"{cluster}: no rollout yet", hint="Start one with: rancher-wizard apply cluster.yaml")
    return found[-1]
