"""Balancers of ours before the cluster: their address fits and is free, and nobody has their ports."""

from collections.abc import Iterator, Mapping

from wizard.checks.check import Machine, across, machine_check
from wizard.checks.finding import Said, fail, ok
from wizard.checks.place import holds
from wizard.checks.seen import links, listed, own_addresses, words
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Spec

NO_VIP = "no virtual address is asked for"


@machine_check(
    "balancer.subnet",
    "Virtual address fits the balancer",
    group="routes",
    severity="must",
    why="keepalived moves it between machines of one network: outside of that, nobody asks there.",
    source="RFC 5798, 1.2; keepalived.conf(5), virtual_ipaddress",
    about="balancers",
)
def subnet(machine: Machine, facts: Facts, spec: Spec) -> Said:
    front = spec.balancer
    if front is None or front.vip is None:
        return ok(NO_VIP)
    vip, wanted = front.vip, front.interface
    there = [(network, device) for network, device, *_ in words(facts, "x.route", 2)]
    within = [device for network, device in there if holds(network, vip)]
    if not there or (within and wanted in (None, *within)):
        return ok(f"{vip} is of the network at {within[0]}" if within else "not told")
    if within:
        return fail(
            f"{vip} is of the network at {listed(within)}, not at {wanted}",
            wanted=f"{wanted} in the network of {vip}",
            next_move=f"Set balancer.interface to {within[0]}, or leave it out.",
        )
    return fail(
        f"{vip} is in none of {listed(network for network, _ in there)}",
        wanted="an address of a network that both balancers are in",
        next_move=f"Choose another balancer.vip, or give {machine.name} an address in its network.",
    )


@across(
    "balancer.taken",
    "Virtual address is nobody else's",
    group="routes",
    severity="must",
    why="Two machines that answer for one address take each other's connections, now the one, now the other.",
    source="RFC 5227, address conflict detection",
    about="balancers",
)
def taken(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    vip = spec.balancer.vip if spec.balancer else None
    own = {link.mac.lower() for each in facts.values() for link in links(each)}
    holder = next((name for name, each in facts.items() if vip in own_addresses(each)), "")

    def judge(each: Facts) -> Said:
        mac = each.first("x.registration.taken").lower()
        if vip is None or not mac or mac in own:
            return ok(NO_VIP if vip is None else f"held by {holder}" if holder else "nobody has it yet")
        return fail(
            f"{vip} is held by {mac}, which is none of the balancers",
            wanted="an address that nobody has",
            next_move="Find that machine by its MAC and free the address, or choose another balancer.vip.",
        )

    return {name: judge(each) for name, each in facts.items()}


@machine_check(
    "balancer.ports",
    "Ports of the balancer",
    group="leftovers",
    severity="must",
    why="HAProxy ends with `cannot bind socket (Address already in use)` where another program has its port.",
    source="HAProxy configuration manual, bind",
    about="balancers",
)
def ports(machine: Machine, facts: Facts, spec: Spec) -> Said:
    wanted = set(_ports(spec))
    held = [each for each in facts.listeners if each.proto == "tcp" and each.port in wanted and each.owner != "haproxy"]
    if not held:
        return ok("free, or HAProxy's own")
    return fail(
        listed(dict.fromkeys(f"{each.port} by {each.owner or 'an unknown process'}" for each in held)),
        wanted=f"{listed(sorted(wanted), 8)} free",
        next_move=f"Stop what holds it on {machine.name}: `ss -ltnp sport = :{held[0].port}` names the process.",
    )


def _ports(spec: Spec) -> Iterator[int]:
    if spec.balancer:
        yield from (*profile("requirements")["ports_of_ingress"], 6443, spec.balancer.stats.port)
        if spec.engine == "rke2":
            yield 9345
