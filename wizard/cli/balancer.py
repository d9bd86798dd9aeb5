"""`balancer`: what stands in front of the cluster, on its own: plan, apply, status, drill, remove."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from wizard.cli.plan import warn
from wizard.cli.room import add_plan, add_rollout, add_room, add_verb, apply_part, consent, open_part, plan_part

if TYPE_CHECKING:
    from wizard.spec.models import Spec

PART = "balancer"


def register(commands: Any) -> None:
    """Add this room's commands."""
    verbs = add_room(commands, PART, "what stands in front of the cluster: plan, apply, status, drill, remove")
    add_plan(verbs, "show what apply would do to the balancers; changes nothing", _plan, asked="machines")
    add_rollout(verbs, "apply", "bring the balancers of a spec up, or in line with it", _apply)
    status = add_verb(verbs, "status", "show what runs, who carries the virtual IP, and who is in the pools", _status)
    status.add_argument("--json", action="store_true", help="print it as JSON")
    drill = add_verb(verbs, "drill", "stop the active balancer, measure the gap, and bring it back", _drill)
    drill.add_argument("--yes", action="store_true", help="start without asking")
    drill.add_argument("--json", action="store_true", help="print the figures as JSON")
    remove = add_verb(verbs, "remove", "take the balancers' software away and leave files as they were before", _remove)
    remove.add_argument("--yes", action="store_true", help="start without asking")


def _load(given: argparse.Namespace) -> "Spec":
    """Read the spec. Raises BadUsage for one without a balancer that the wizard looks after."""
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not getattr(given, "json", False):
        warn(loaded.warnings)
    front = loaded.spec.balancer
    if front is None or front.kind == "external":
        raise BadUsage(
            f"{given.spec} has no balancer that the wizard looks after",
            hint="Say `balancer: {kind: haproxy, …}` there; for one of your own: rancher-wizard handoff SPEC.",
        )
    return loaded.spec


def _plan(given: argparse.Namespace) -> int:
    return plan_part(given, _load(given), PART)


def _apply(given: argparse.Namespace) -> int:
    return apply_part(given, _load(given), PART)


def _status(given: argparse.Namespace) -> int:
    import asyncio

    from wizard import exits
    from wizard.balancers.status import look

    spec = _pair(given)

    async def run() -> int:
        async with open_part(given, spec, PART) as opened:
            status = await look(spec, opened.wire.host)
        if given.json:
            print(json.dumps(status.record(), indent=2))
        else:
            print(*status.lines(), sep="\n")
            print("", *(status.problems() or ("all is well",)), sep="\n")
        return exits.FAILED if status.problems() else exits.DONE

    return asyncio.run(run())


def _drill(given: argparse.Namespace) -> int:
    import asyncio
    from dataclasses import asdict

    from wizard.balancers.drill import drill, note
    from wizard.site import state_dir

    spec = _pair(given)
    consent(
        given,
        spec.name,
        "A drill stops haproxy on the active balancer: for seconds nobody gets an answer, and open connections end.",
    )

    async def run() -> None:
        async with open_part(given, spec, PART) as opened:
            result = await drill(spec, opened.wire.host, lambda line: print(line, file=sys.stderr, flush=True))
        note(state_dir(spec.name), result)
        print(json.dumps(asdict(result)) if given.json else result.sentence())

    asyncio.run(run())
    return 0


def _remove(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.balancers import remove as of_machines
    from wizard.balancers.kube_vip import remove as of_servers

    spec = _load(given)
    machines = ", ".join(machine.name for machine in spec.front)
    what = f"haproxy and keepalived away from {machines}" if machines else "kube-vip and its address out of the cluster"
    consent(given, spec.name, f"This takes {what}.")

    async def run() -> None:
        async with open_part(given, spec, PART) as opened:
            if machines:
                await of_machines.remove(spec, opened.wire.host, lambda line: print(line, flush=True))
            else:
                await of_servers.remove(opened.site, opened.wire.host, lambda line: print(line, flush=True))

    asyncio.run(run())
    return 0


def _pair(given: argparse.Namespace) -> "Spec":
    from wizard.errors import BadUsage

    spec = _load(given)
    if not spec.front:
        raise BadUsage(
            "kube-vip carries the virtual IP on the servers; there are no balancer machines",
            hint="On a server: kubectl -n kube-system get pods -l app.kubernetes.io/name=kube-vip -o wide",
        )
    return spec
