"""`apply`: bring a cluster up, or in line with its spec."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.check import force_options, forced
from wizard.cli.plan import ask_given, secret_options, warn

if TYPE_CHECKING:
    from wizard.apply import Given, Opened
    from wizard.checks.matrix import Matrix
    from wizard.rollout.plan import Plan
    from wizard.spec.models import Spec


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("apply", help="bring the cluster of a spec up, or in line with it")
    rollout_options(command)
    command.set_defaults(run=run, only="")


def rollout_options(command: argparse.ArgumentParser) -> None:
    """Add what all commands take that start a rollout."""
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.add_argument("--yes", action="store_true", help="start without asking")
    view_options(command)
    force_options(command)
    secret_options(command)


def view_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how a rollout is followed."""
    view = command.add_mutually_exclusive_group()
    view.add_argument(
        "--headless", action="store_true", help="print one line an event; end where the screen would wait for you"
    )
    view.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.add_argument("--output", action="store_true", help="with --headless: also what nodes print")


def run(given: argparse.Namespace) -> int:
    """Plan, ask, start the engine, and follow it."""
    from wizard.cli.asking import ask_secrets
    from wizard.spec.load import load_spec
    from wizard.spec.token import own_token_warnings

    loaded = load_spec(given.spec)
    advice = own_token_warnings(loaded.spec, given.spec.parent)
    if not given.json:
        warn(loaded.warnings + advice)
    secrets = ask_given(given, loaded.spec, ask_secrets)
    return bring_up(given, loaded.spec, secrets, only=given.only)


def bring_up(
    given: argparse.Namespace, spec: "Spec", secrets: "Given", *, simulated: bool = False, only: str = ""
) -> int:
    """Look at the nodes, show the plan, get consent, start the engine and follow it; return the exit code.

    `only` names the part of the plan that alone is meant, or an upgrade.
    """
    from wizard.cli.following import follow

    run_dir = _looked_at(given, spec, secrets, simulated, only)
    return 0 if run_dir is None else follow(given, run_dir, simulated=simulated)


def _looked_at(given: argparse.Namespace, spec: "Spec", secrets: "Given", simulated: bool, only: str) -> Path | None:
    """Start an engine and return its run folder; None when there is nothing to do."""
    import asyncio

    from wizard.cli.asking import settle_trust
    from wizard.errors import UntrustedHost
    from wizard.site import targets

    try:
        return asyncio.run(_look(given, spec, secrets, simulated, only))
    except UntrustedHost:
        base = given.spec.parent.resolve()
        settle_trust(targets(spec, base), yes=False, at_once=spec.ssh.at_once, given=secrets)
    return asyncio.run(_look(given, spec, secrets, simulated, only))


async def _look(given: argparse.Namespace, spec: "Spec", secrets: "Given", simulated: bool, only: str) -> Path | None:
    from wizard.apply import HOLD_S, checked, free_site, start, tidy
    from wizard.cli.asking import on_terminal
    from wizard.errand import errand_of
    from wizard.preflight import refuse
    from wizard.rollout.logout import beyond_logout
    from wizard.rollout.outline import plan_lines

    about = getattr(given, "about", {})
    async with free_site(spec, given.spec.parent.resolve(), secrets, only=only, about=about) as opened:
        plan, errand = opened.plan(), errand_of(spec, only)
        apart = only != "" and errand is None
        judged = errand.checked if errand else not apart
        if plan.empty:
            await tidy(opened)
            what = "balancers" if apart else "nodes"
            _say(given, f"nothing to do: {plan.met or f'all {len(plan.settled)} {what} are as the spec wants them'}")
            return None
        if not given.json:
            for line in plan_lines(plan, opened.site.survey, files=False):
                print(line, file=sys.stderr)
            if judged:
                print("checks: the nodes ask each other on the cluster's ports …", file=sys.stderr, flush=True)
        checks = await checked(opened, plan, forced(given))
        if judged:
            _tell(given, checks)
        refuse(checks, plan.nodes)
        _consent(given, opened, plan)
        if not simulated and (said := beyond_logout().said):
            print(said, file=sys.stderr)
        text = _rewritten(given)
        return start(
            opened,
            secrets,
            checks=checks,
            spec_text=text,
            hold_s=HOLD_S if on_terminal() and not (given.headless or given.json) else 0.0,
            simulated=simulated,
        )


def _rewritten(given: argparse.Namespace) -> bytes:
    """Return the spec's text for the engine; a command that changes the spec has it written by now, not before."""
    from wizard.files import write_private

    text: str | None = getattr(given, "text", None)
    path: Path = given.spec.resolve()
    if text is None:
        return path.read_bytes()
    if given.after != path.read_text(encoding="utf-8"):
        write_private(path, given.after.encode(), mode=path.stat().st_mode & 0o777)
    return text.encode()


def _tell(given: argparse.Namespace, checks: "Matrix") -> None:
    """Say what the checks found that is not ok, and how much of it there is."""
    from wizard.checks.network.report import summary as network
    from wizard.checks.report import finding_lines, summary

    if given.json:
        return
    for node, finding in checks.open():
        for line in finding_lines(node, finding):
            print(line, file=sys.stderr)
    print(f"checks: {summary(checks)}", file=sys.stderr)
    if checks.links:
        print(f"network: {network(checks.links)}", file=sys.stderr)


def _consent(given: argparse.Namespace, opened: "Opened", plan: "Plan") -> None:
    from wizard.cli.asking import confirm, confirm_name, on_terminal
    from wizard.errand import errand_of
    from wizard.errors import BadUsage, WizardError
    from wizard.rollout.outline import count
    from wizard.times import duration

    if (errand := errand_of(opened.site.spec, opened.only)) and errand.consent:
        # What goes for good is above the plan's steps, which have scrolled it away.
        for note in plan.notes:
            print(f"! {note}", file=sys.stderr)
        confirm_name(given.confirm, opened.site.spec.name, errand.consent)
        return
    if given.yes:
        return
    if not on_terminal():
        raise BadUsage("nobody can be asked whether to start", hint="Add --yes when the plan is right.")
    # The plan above it may have scrolled away.
    if not confirm(f"Start on {count(len(plan.nodes))}, predicted {duration(plan.expected_s())}?"):
        raise WizardError("not started; nothing was changed")


def _say(given: argparse.Namespace, text: str) -> None:
    if given.json:
        import json

        print(json.dumps({"kind": "NothingToDo", "said": text}))
    else:
        print(text)
