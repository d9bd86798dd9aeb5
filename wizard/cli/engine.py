"""`engine`: what `apply` starts in the background; not for people."""

import argparse
from pathlib import Path
from typing import Any

from wizard import exits


def register(commands: Any) -> None:
    """Add this room's commands; without a help text argparse does not list it."""
    command = commands.add_parser("engine", description="Started by apply; carries one rollout out.")
    command.add_argument("run_dir", type=Path)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Carry out the rollout of a run folder."""
    import asyncio

    from wizard.apply import Given
    from wizard.carrying import carry_out
    from wizard.rollout.process import read_secrets

    outcome = asyncio.run(carry_out(given.run_dir, Given(**read_secrets())))
    return exits.of_outcome(outcome)
