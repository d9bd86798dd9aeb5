"""`rancher-wizard` alone: the wizard on the screen, and what comes after it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import exits

if TYPE_CHECKING:
    from wizard.design.draft import Draft


def run(given: argparse.Namespace) -> int:
    """Open the wizard at its start menu. Raises BadUsage where there is no terminal that can carry it."""
    from wizard.cli.following import terminal_fits
    from wizard.errors import BadUsage

    if not terminal_fits():
        raise BadUsage(
            "the wizard needs a terminal of its own",
            hint="On a plain one: rancher-wizard new --plain. Without one: rancher-wizard new --answers FILE.",
        )
    return open_wizard()


def open_wizard(draft: "Draft | None" = None, *, simulated: bool = False, prepared: Path | None = None) -> int:
    """Open the wizard on `draft`, or at its start menu; return the exit code of all that came of it.

    `simulated` marks every page; `prepared` is a spec that the start menu offers to bring up as it is.
    """
    from screens.wizard import Apply, Follow, WizardApp
    from wizard.cli.following import follow

    app = WizardApp(draft, simulated=simulated, prepared=prepared)
    ending = app.run()
    if app.return_code:
        return exits.FAILED
    match ending:
        case Follow(run_dir):
            return follow(argparse.Namespace(headless=False, json=False), run_dir, simulated=simulated)
        case Apply(spec):
            return _apply(spec, simulated=simulated)
    return exits.DONE


def _apply(spec: Path, *, simulated: bool) -> int:
    from wizard.apply import Given
    from wizard.cli.apply import bring_up
    from wizard.cli.main import parser
    from wizard.spec.load import load_spec

    given = parser().parse_args(["apply", str(spec)])
    if not simulated:
        return int(given.run(given))
    given.yes = True  # nothing is at stake
    return bring_up(given, load_spec(spec).spec, Given(), simulated=True)
