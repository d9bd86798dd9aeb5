"""`plan`: what apply would do, down to each file, without doing it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("plan", help="show what apply would do; changes nothing")
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.add_argument("--json", action="store_true", help="print the plan as JSON")
    command.add_argument("--offline", action="store_true", help="plan from the spec alone, without asking the nodes")
    secret_options(command)
    command.set_defaults(run=run)


def secret_options(command: argparse.ArgumentParser) -> None:
    """Add the options that name files with passwords."""
    command.add_argument("--sudo-password-file", type=Path, metavar="FILE", help="file with the nodes' sudo password")
    command.add_argument("--key-passphrase-file", type=Path, metavar="FILE", help="file with the SSH key's passphrase")
    command.add_argument("--vault-passphrase-file", type=Path, metavar="FILE", help="file with the vault's passphrase")


def run(given: argparse.Namespace) -> int:
    """Print the plan of a spec."""
    from wizard.apply import Given
    from wizard.cli.asking import ask_secrets
    from wizard.spec.load import load_spec
    from wizard.spec.token import own_token_warnings

    loaded = load_spec(given.spec)
    warn(loaded.warnings + own_token_warnings(loaded.spec, given.spec.parent))
    return show(given, loaded.spec, Given() if given.offline else ask_given(given, loaded.spec, ask_secrets))


def show(given: argparse.Namespace, spec: Any, secrets: Any, *, only: str = "") -> int:
    """Print what is still to be done for a spec, or for its part `only`, as the command line asks for it."""
    import asyncio

    from wizard.apply import open_site
    from wizard.rollout.outline import plan_lines, plan_record

    async def tell() -> None:
        base = given.spec.parent.resolve()
        look, about = not given.offline, getattr(given, "about", None)
        async with open_site(spec, base, secrets, look=look, begin=False, only=only, about=about) as opened:
            plan, survey = opened.plan(), opened.site.survey
        if given.json:
            print(json.dumps(plan_record(plan, survey), indent=2))
            return
        for line in plan_lines(plan, survey):
            print(line)
        if plan.empty:
            print("nothing to do")

    asyncio.run(tell())
    return 0


def ask_given(given: argparse.Namespace, spec: Any, ask: Any) -> Any:
    """Return the secrets that the options of a command name, asking for what is missing."""
    return ask(
        spec,
        sudo_file=given.sudo_password_file,
        passphrase_file=given.key_passphrase_file,
        vault_file=given.vault_passphrase_file,
    )


def warn(warnings: tuple[str, ...]) -> None:
    """Print a spec's warnings on stderr."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
