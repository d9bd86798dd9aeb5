"""`migrate`: the way from RKE1 to RKE2, read off a cluster and written down; nothing is changed anywhere."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.migrate.plan import Migration
    from wizard.spec.models import Spec

PLAN, RECORD, SPEC = "plan.md", "plan.json", "cluster.yaml"


def register(commands: Any) -> None:
    """Add this room's commands."""
    from wizard.cli.plan import secret_options
    from wizard.cli.room import add_room

    verbs = add_room(commands, "migrate", "from RKE1 to a new cluster of RKE2 beside it: plan")
    plan = verbs.add_parser("plan", help="read an RKE1 cluster; write inventory, mapping, a new spec, and the moves")
    plan.add_argument("file", type=Path, help="RKE1's cluster.yml, or a spec of RKE1")
    plan.add_argument("--rkestate", type=Path, metavar="FILE", help="its state file (default: beside cluster.yml)")
    plan.add_argument(
        "--kubeconfig", type=Path, metavar="FILE", help="kubeconfig of its API (default: kube_config_FILE)"
    )
    plan.add_argument(
        "--kubectl", default="kubectl", metavar="PATH", help="kubectl to ask it by (default: the one in PATH)"
    )
    plan.add_argument("--tunnel", action="store_true", help="with a spec: ask the API through a node's connection")
    secret_options(plan)
    plan.add_argument("--addresses", type=Path, metavar="FILE", help="addresses of the new machines, servers first")
    plan.add_argument(
        "--avoid", action="append", default=[], metavar="CIDR", help="a network that is in use at the site"
    )
    plan.add_argument("--out", type=Path, metavar="DIR", help=f"write {PLAN}, {RECORD} and {SPEC} there")
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument("--force", action="store_true", help="replace files that are there")
    plan.set_defaults(run=run_plan)


def run_plan(given: argparse.Namespace) -> int:
    """Print the plan, or write it with the spec."""
    from wizard.migrate.old import read_old
    from wizard.migrate.paper import as_json, markdown
    from wizard.migrate.plan import migration

    _must_be_there(given.rkestate, given.kubeconfig)
    old = read_old(given.file)
    found = migration(
        old,
        rkestate=given.rkestate,
        kubeconfig=given.kubeconfig,
        kubectl=given.kubectl,
        asked=_through_a_node(given, old.spec) if given.tunnel else None,
        addresses=_addresses(given.addresses),
        avoid=_networks(given.avoid),
    )
    for source in found.sources:
        print(f"{source.name}: {'read' if source.read else 'not read'}: {source.said}", file=sys.stderr)
    if given.out:
        _write(given, found)
    else:
        print(as_json(found) if given.json else markdown(found), end="")
    return 0


def _through_a_node(given: argparse.Namespace, spec: "Spec | None") -> Any:
    """Ask the API through a node's connection. Raises BadUsage where no spec says how to log in."""
    import asyncio

    from wizard.apply import open_site
    from wizard.cli.room import secrets_for
    from wizard.errors import BadUsage, WizardError
    from wizard.kube.door import ready_door
    from wizard.migrate.ask import Answers, ask_through

    if spec is None:
        hint = "Name a spec of RKE1, or a kubeconfig by --kubeconfig."
        raise BadUsage("--tunnel wants a spec, which says how to log in", hint=hint)
    secrets, base = secrets_for(given, spec), given.file.parent.resolve()

    async def ask() -> Answers:
        async with open_site(spec, base, secrets, look=False, begin=False) as opened:
            try:
                door = await ready_door(opened.site, opened.wire.host)
            except WizardError as error:
                return Answers(failed={"api": error.message})
            return await ask_through(door.kube)

    return asyncio.run(ask())


def _write(given: argparse.Namespace, found: "Migration") -> None:
    from wizard.errors import BadUsage, WizardError
    from wizard.files import write_private
    from wizard.migrate.paper import as_json, markdown

    texts = {PLAN: markdown(found), RECORD: as_json(found), SPEC: found.new.text}
    there = [name for name in texts if (given.out / name).exists()]
    if there and not given.force:
        raise BadUsage(f"{given.out}: there already: {', '.join(there)}", hint="Add --force, or name another folder.")
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_private(given.out / name, text.encode())
            print(given.out / name)
    except OSError as error:
        raise WizardError(f"{given.out} can't be written: {error.strerror}", hint="Name another folder.") from None
    print(f"next: rancher-wizard check {given.out / SPEC}, once the new machines' addresses are in it")


def _must_be_there(*files: Path | None) -> None:
    """Raise BadUsage for a file that was named and is not there; what only may be there is told with the plan."""
    from wizard.errors import BadUsage

    for file in files:
        if file and not file.is_file():
            raise BadUsage(f"{file}: no such file", hint="Name one that is there, or leave the option out.")


def _addresses(path: Path | None) -> tuple[str, ...]:
    """Read one address a line."""
    from wizard.errors import BadUsage

    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(
            f"{path}: {getattr(error, 'strerror', None) or 'is no text'}", hint="One address a line."
        ) from None
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _networks(texts: list[str]) -> tuple[str, ...]:
    import ipaddress

    from wizard.errors import BadUsage

    for text in texts:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise BadUsage(f"--avoid {text!r} is not a network", hint="Such as 10.20.0.0/16.") from None
    return tuple(texts)
