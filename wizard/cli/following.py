"""A rollout followed to its end: on the screen, as lines, or as JSON."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from wizard import exits
from wizard.rollout.events import RolloutEnded
from wizard.rollout.progress import Progress
from wizard.rollout.watch import watch


def screen_fits(given: argparse.Namespace) -> bool:
    """True when the terminal can carry the screen and lines were not asked for."""
    return not given.headless and not given.json and terminal_fits()


def terminal_fits() -> bool:
    """True when there is a terminal, and it can carry a screen."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def follow(given: argparse.Namespace, run_dir: Path, *, simulated: bool = False) -> int:
    """Follow the rollout of `run_dir`; return its exit code.

    Ctrl+C ends the following, never the rollout.
    """
    if screen_fits(given):
        from screens.rollout import RolloutApp

        app = RolloutApp(run_dir, simulated=simulated)
        code = app.run()
        return app.return_code or (exits.FAILED if code is None else code)
    cluster = run_dir.parent.parent.name
    try:
        code = asyncio.run(_lines(given, run_dir))
    except KeyboardInterrupt:
        print(
            f"\nno longer following; the rollout goes on. "
            f"Come back with: rancher-wizard attach {cluster}; end it with: rancher-wizard abort",
            file=sys.stderr,
        )
        return exits.INTERRUPTED
    return code


async def _lines(given: argparse.Namespace, run_dir: Path) -> int:
    from wizard.cli.showing import JsonLines, Lines
    from wizard.parting import parting

    view = JsonLines() if given.json else Lines(output=getattr(given, "output", False))
    progress, code = Progress(), exits.FAILED
    async for lot in watch(run_dir):
        for event in lot:
            view.show(event)
            progress.apply(event)
            if isinstance(event, RolloutEnded):
                code = exits.of_outcome(event.outcome)
    for line in [] if given.json else parting(run_dir, progress):
        print(line, file=sys.stderr)
    return code
