"""The balancers' part of the plan: one machine after the other, before any server joins."""

from collections.abc import Iterable, Sequence

from wizard.balancers.front_firewall import VRRP, OpenFront, peers, ports
from wizard.balancers.haproxy import steps as haproxy
from wizard.balancers.keepalived.free import ProveFree
from wizard.balancers.keepalived.pair import PASSWORD, Pair, new_password
from wizard.balancers.keepalived.state import PROBE as KEEPALIVED
from wizard.balancers.keepalived.steps import steps as keepalived_steps
from wizard.balancers.pool.pool import around
from wizard.distros.prepare.firewall import OPENED, active_firewall
from wizard.distros.prepare.firewall import PROBE as FIREWALL
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.hosts.script import Script
from wizard.part import Part
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.models import Spec

KEY = "balancer"


def machines(spec: Spec) -> tuple[str, ...]:
    """Return the names of the machines in front."""
    return tuple(machine.name for machine in spec.front)


def looks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what a balancer is looked at by; other hosts are not."""
    return (*haproxy.looks(spec, name), KEEPALIVED, FIREWALL) if name in machines(spec) else ()


def stages(site: Site) -> tuple[Stage, ...]:
    """Return the stage of the balancers that are not yet as the spec wants them; one at a time, so that one serves."""
    if not site.spec.front:
        return ()
    steps = _steps(site)
    todo = [name for name in machines(site.spec) if not settled(name, steps, site.survey)]
    return (Stage("balancers", "Balancers", "balancers", batches(todo, at_once=1), steps),)


def _steps(site: Site) -> tuple[Step, ...]:
    async def look(host: Host) -> Facts:
        return await probe(host, extra=looks(site.spec, host.name))

    pair = Pair(site, site.spec.front)
    steps: list[Step] = [Reach(site.survey, look)]
    if site.spec.prepare.firewall == "open":
        steps.append(OpenFront(site))
    if pair.vip:
        steps.append(ProveFree(pair, pair.configured))
    steps += haproxy.steps(site)
    if pair.vip:
        steps += keepalived_steps(pair)
    return tuple(steps)


def notes(site: Site) -> tuple[str, ...]:
    """Return what HAProxy has to say, and which firewalls are to let in what the wizard does not open there."""
    return (*haproxy.notes(site), *_firewalls(site))


def _firewalls(site: Site) -> Iterable[str]:
    opened = OPENED if site.spec.prepare.firewall == "open" else ()
    for name in machines(site.spec):
        facts = site.survey.facts.get(name)
        if facts and (firewall := active_firewall(facts)) and firewall not in opened:
            others = [each.removeprefix(VRRP) for each in peers(site.spec, name)]
            vrrp = f", and VRRP (IP protocol 112) from {' '.join(others)}" if others else ""
            yield f"{name}: {firewall} runs and is left alone; it must let in {' '.join(ports(site.spec))}{vrrp}"


def seal(site: Site) -> None:
    """Bring login, certificate and VRRP's password into the vault. Raises BadSpec for what can't be read."""
    haproxy.seal(site)
    if site.spec.balancer and site.spec.balancer.vip and site.spec.front:
        site.vault.ensure(PASSWORD, new_password)


BALANCERS = Part(KEY, stages, machines=machines, looks=looks, notes=notes, seal=seal, around=around)
