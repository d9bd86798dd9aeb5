"""Scripts that look at and open a host's firewall; a simulated one is firewalld."""

from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.node import Node


def firewalld_runs(node: Node) -> bool:
    """True when firewalld is active there."""
    unit = node.unit("firewalld")
    return unit is not None and unit.active == "active"


async def open_firewall(call: Call) -> int:
    """open_firewall ITEM..."""
    if not firewalld_runs(call.node):
        call.say("unchanged")
        return 0
    missing = [item for item in call.args if item not in call.node.open_ports]
    for item in missing:
        port = item.endswith(("/tcp", "/udp"))
        call.say(f"firewall-cmd --permanent {'--add-port' if port else '--zone=trusted --add-source'}={item}")
        call.node.open_ports.append(item)
    call.say("changed" if missing else "unchanged")
    return 0


def facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_firewall."""
    if firewalld_runs(node):
        yield "x.firewall.active=firewalld"
        yield from (f"x.firewall.open={item}" for item in node.open_ports)


async def probe_firewall(call: Call) -> int:
    """probe_firewall, on its own."""
    for line in facts(call.node):
        call.say(line)
    return 0


HANDLERS = {"open_firewall": open_firewall, "probe_firewall": probe_firewall}
