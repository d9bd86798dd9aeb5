"""Balancers taken away again: the standby first, then the one that is active; files are as they were before."""

from collections.abc import Callable

from wizard.balancers import front_firewall
from wizard.balancers.haproxy.steps import removal
from wizard.balancers.keepalived.scripts import NAME, REMOVE
from wizard.balancers.keepalived.steps import JOB
from wizard.balancers.status import look
from wizard.balancers.take_away import TakeAway
from wizard.hosts.host import Host
from wizard.rollout.step import Work
from wizard.spec.models import Spec


async def remove(spec: Spec, hosts: Callable[[str], Host], tell: Callable[[str], None]) -> None:
    """Take keepalived and HAProxy away from every machine; may be repeated.

    Raises HostError at the first that refuses: a file that somebody else has changed since stays with all of its own.
    """
    status = await look(spec, hosts)
    keepalived = TakeAway(NAME, "keepalived", JOB, REMOVE, expected_s=8.0)
    for machine in sorted(status.machines, key=lambda each: each.carries):
        work = Work(machine.name, hosts(machine.name), hosts, lambda percent, doing: None, lambda line: None)
        for step in (keepalived, *removal(), front_firewall.removal()):
            outcome = await step.carry_out(work)
            tell(f"{machine.name}: {step.title}: {'done' if outcome == 'done' else 'there was nothing of ours'}")
