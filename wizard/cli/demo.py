"""`demo`: the same product against a simulated site; needs no root, no network, no machines."""

import argparse
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard.errors import BadUsage, WizardError

SERVERS = 3


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("demo", help="the wizard on a simulated site, from questions to a running cluster")
    command.add_argument("--nodes", type=_nodes, default=12, metavar="N", help="size of the site (default 12)")
    view = command.add_mutually_exclusive_group()
    view.add_argument("--headless", action="store_true", help="print one line an event instead of the screen")
    view.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.add_argument("--output", action="store_true", help="with --headless: also what nodes print")
    command.add_argument(
        "--fail",
        action="append",
        default=[],
        type=_failure,
        metavar="NODE:STEP",
        help="let a step fail once, such as worker-002:install; may be given again",
    )
    command.add_argument("--balancers", action="store_true", help="put a pair of simulated balancers in front of it")
    command.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="so many times faster than real")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another site")
    command.add_argument("--keep", type=Path, metavar="FOLDER", help="keep everything in FOLDER (default: nothing)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Start the simulated site, open the wizard on it or bring its cluster up, and leave nothing behind."""
    # A closed terminal must not leave the site's folder behind.
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with _folder(given.keep) as folder:
        # State of demos must not mix with that of real clusters.
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        return _bring_up(given, folder)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _bring_up(given: argparse.Namespace, folder: Path) -> int:
    from wizard.apply import Given
    from wizard.cli.apply import bring_up
    from wizard.cli.following import screen_fits
    from wizard.simulator.process import start
    from wizard.spec.load import load_spec

    servers = SERVERS if given.nodes >= SERVERS else 1
    simulation = start(
        folder,
        nodes=given.nodes,
        servers=servers,
        balancers=given.balancers,
        speed=given.speed,
        seed=given.seed,
        fail=dict(given.fail),
    )
    try:
        if screen_fits(given):
            return _wizard(simulation.spec)
        given.spec, given.yes = simulation.spec, True
        return bring_up(given, load_spec(simulation.spec).spec, Given(), simulated=True)
    finally:
        _end_rollouts()
        simulation.close()
        _wait_for_engines()


def _wizard(spec: Path) -> int:
    from screens.wizard import Site
    from wizard.cli.menu import open_wizard
    from wizard.simulator.draft import seed

    return open_wizard(site=Site(seed(spec), spec))


def _end_rollouts() -> None:
    """End a rollout that was detached from: its site goes with the demo."""
    import asyncio

    from wizard.rollout.control import Control
    from wizard.rollout.process import runs
    from wizard.site import known_clusters, state_dir

    for run_dir in (run_dir for name in known_clusters() for run_dir in runs(state_dir(name))):
        with contextlib.suppress(WizardError):
            asyncio.run(Control(run_dir).send("abort"))


def _wait_for_engines() -> None:
    """An engine whose site is gone ends at once after an abort; its folder is needed until its report is written."""
    for _ in range(50):
        if not _engines_work():
            return
        time.sleep(0.2)


def _engines_work() -> bool:
    from wizard.report import REPORT
    from wizard.rollout.lock import holder
    from wizard.rollout.process import JOURNAL, runs
    from wizard.site import known_clusters, state_dir

    states = [state_dir(name) for name in known_clusters()]
    # The report comes last, when the lock is free already.
    begun = [run_dir for state in states for run_dir in runs(state) if (run_dir / JOURNAL).exists()]
    return any(holder(state) for state in states) or any(not (run_dir / REPORT).exists() for run_dir in begun)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        try:
            keep.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadUsage(f"{keep}: {error.strerror}", hint="Name a folder that can be made by --keep.") from error
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="rancher-wizard-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _nodes(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 2000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of nodes; 1 to 2000")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed; 0.1 to 1000")
    return speed


def _failure(text: str) -> tuple[str, str]:
    node, colon, step = text.partition(":")
    if not (node and colon and step):
        raise argparse.ArgumentTypeError(f"{text!r} is not NODE:STEP, such as worker-002:install")
    return node, step
