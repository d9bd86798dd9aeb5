"""`rancher-wizard` alone: the wizard on the screen, and what comes after it."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import exits

if TYPE_CHECKING:
    from screens.wizard import Site
    from wizard.design.draft import Draft


def run(given: argparse.Namespace) -> int:
    """Open the wizard at its start menu, or ask in plain prompts where the terminal can't carry a screen.

    Raises BadUsage where there is no terminal at all.
    """
    from wizard.cli.following import terminal_fits
    from wizard.cli.new import SPEC, ask_plainly
    from wizard.design.draft import Draft
    from wizard.errors import BadUsage

    if terminal_fits():
        return open_wizard()
    if sys.stdin.isatty() and sys.stdout.isatty():
        return ask_plainly(Draft(), SPEC)
    raise BadUsage(
        "the wizard needs a terminal, and there is none",
        hint="Answer beforehand: rancher-wizard new --answers FILE --nodes FILE. All commands: rancher-wizard --help.",
    )


def open_wizard(draft: "Draft | None" = None, *, site: "Site | None" = None) -> int:
    """Open the wizard on `draft`, or at its start menu, and carry on with what it ended in; return the exit code."""
    from screens.wizard import Apply, Demo, Follow, Stand, WizardApp
    from wizard.cli.following import follow

    app = WizardApp(draft, site=site)
    ending = app.run()
    if app.return_code:
        return app.return_code
    match ending:
        case Follow(run_dir):
            return follow(argparse.Namespace(headless=False, json=False), run_dir, simulated=site is not None)
        case Apply(spec):
            return _apply(spec, simulated=site is not None)
        case Stand(run_dir):
            return _stand(run_dir)
        case Demo():
            return _run(["demo"])
    return exits.DONE


def _stand(run_dir: Path) -> int:
    """Show the running cluster of a rollout, by the spec that it was rolled out from."""
    from wizard.cli.main import parser
    from wizard.cli.standing import show
    from wizard.rollout.process import REQUEST, SPEC

    base = Path(json.loads((run_dir / REQUEST).read_text())["base"])
    return show(parser().parse_args(["status", str(run_dir / SPEC)]), run_dir / SPEC, base=base)


def _apply(spec: Path, *, simulated: bool) -> int:
    from wizard.apply import Given
    from wizard.cli.apply import bring_up
    from wizard.spec.load import load_spec

    if not simulated:
        return _run(["apply", str(spec)])
    given = argparse.Namespace(spec=spec, yes=True, headless=False, json=False)
    return bring_up(given, load_spec(spec).spec, Given(), simulated=True)


def _run(arguments: list[str]) -> int:
    from wizard.cli.main import parser

    given = parser().parse_args(arguments)
    return int(given.run(given))
