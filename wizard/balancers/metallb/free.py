"""Pools proven free before MetalLB gives their addresses out: no gateway is in them, and nobody answers for one."""

from collections.abc import Iterator

from wizard.balancers.metallb.files import wanted
from wizard.balancers.metallb.objects import namespace
from wizard.balancers.metallb.state import ROOM, read_state
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.kube.door import Door
from wizard.rollout.step import Work
from wizard.site import Site
from wizard.spec.address import as_ip
from wizard.spec.span import span

TAKEN = load_script(ROOM, "pool_taken")
MOST = 512
"""So many addresses are asked for; a second answers for 64 of them."""
SHOWN = 5


async def prove_free(site: Site, work: Work, at: Door) -> None:
    """Look from the node of `at` who has an address of a pool, unless MetalLB gives them out already.

    Raises StepFailed for a pool that holds a gateway, or an address that somebody answers for.
    """
    for node, gateway, pool in _gateways(site):
        raise StepFailed(
            work.node,
            f"pool {pool} holds {gateway}, the gateway of {node}",
            cause="A service that got this address would take the whole network's way out.",
            hint="Leave it out of metallb.pools; then retry.",
        )
    if await at.kube.items("ipaddresspools.metallb.io", namespace=namespace()):
        return
    owners = dict(_near(site, at.name))
    asked = tuple(owners)[:MOST]
    if len(owners) > MOST:
        work.said(f"of {len(owners)} addresses in pools, {MOST} are asked for")
    result = await at.host.run(TAKEN, *asked, timeout_s=90) if asked else None
    lines = (line.removeprefix("taken=").split(" ") for line in (result.lines if result else ()))
    taken = [(row[0], row[1]) for row in lines if len(row) == 2 and row[0] in owners]
    if taken:
        shown = ", ".join(f"{address} of pool {owners[address]} ({mac})" for address, mac in taken[:SHOWN])
        raise StepFailed(
            work.node,
            f"somebody answers for {shown}{' and others' if len(taken) > SHOWN else ''}",
            cause="Other machines have these addresses, or a DHCP server gives them out; both would answer.",
            hint="Free them, or leave them out of metallb.pools; then retry.",
        )


def _gateways(site: Site) -> Iterator[tuple[str, str, str]]:
    for node, facts in site.survey.facts.items():
        gateway = facts.default_route.partition(" ")[0]
        for pool in wanted(site.spec).pools:
            if as_ip(gateway) and any(span(text).holds(gateway) for text in pool.addresses):
                yield node, gateway, pool.name


def _near(site: Site, node: str) -> Iterator[tuple[str, str]]:
    """Each address of a pool that lies in a network of this node, and the pool: others are not asked for by ARP."""
    facts = site.survey.facts.get(node)
    links = read_state(facts).links if facts else ()
    for pool in wanted(site.spec).pools:
        for text in pool.addresses:
            one = span(text)
            if any(link.within(one) for link in links):
                for number in range(min(int(one.last) - int(one.first) + 1, MOST + 1)):
                    yield str(one.first + number), pool.name
