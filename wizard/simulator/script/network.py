"""Scripts of the network proof: on a simulated site everybody reaches everybody, but for the fault `network`."""

import random
from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.layout import REGISTRATION
from wizard.simulator.network import Listening
from wizard.simulator.node import Node
from wizard.simulator.script.firewall import firewalld_runs
from wizard.simulator.script.probe import held

LOST_PORT = "8472/udp"
"""What does not come in while the fault lasts."""
SENT = 50
NO_ANSWER = 124


async def net_open(call: Call) -> int:
    """net_open LEASE_S RUN NODE ADDRESS PYTHON PERL PORT/PROTOCOL..."""
    node, wanted = call.node, call.args[6:]
    if node.listening:
        node.listening.close()
    busy = held(call.site, node)
    node.listening = Listening(call.arg(1), frozenset(wanted))
    await node.listening.open(node.name, node.address, float(call.arg(0)))
    call.say("program=python3")
    call.say(f"address={call.arg(3)}")
    for label in wanted:
        call.say(f"busy={label} {busy[label]}" if label in busy else f"listens={label}")
    if firewalld_runs(node):
        call.say("firewall=firewalld")
    return 0


async def net_keep(call: Call) -> int:
    """net_keep."""
    if call.node.listening:
        call.node.listening.keep()
    return 0


async def net_ask(call: Call) -> int:
    """net_ask RUN NODE TEXT; the questions on stdin."""
    for line in (await call.read()).decode().splitlines():
        kind, name, address, port = line.split(" ")
        call.say(f"{kind} {name} {port} {_heard(call, kind, name, address, port)}")
    return 0


def _heard(call: Call, kind: str, name: str, address: str, port: str) -> str:
    """Return the exit status and the words of one answer."""
    target = call.site.nodes.get(name) or next(_behind(call, address), None)
    if target is None or target.listening is None:
        return f"{NO_ANSWER} "
    median = _round_trip_ms(call, target)
    match kind:
        case "way":
            return f"0 sent=100 received=100 median={median:.3f} p99={median * 1.7:.3f} mtu=1500 wanted=1500"
        case "udp":
            if not _lost(call, target, port):
                target.listening.datagrams[call.node.name, port] = SENT
            return f"0 sent={SENT} refused=0"
        case "bulk":
            return "0 mbit=9400"
        case "knock":
            return f"0 took={median * 1000:.0f}"
        case _:
            return f"0 took={median * 1000:.0f} said={target.listening.run} {target.name}"


def _behind(call: Call, address: str) -> Iterator[Node]:
    """Yield the servers that the registration name leads to."""
    if address == REGISTRATION:
        yield from (node for node in call.site.nodes.values() if node.listening and "9345/tcp" in node.listening.ports)


def _lost(call: Call, target: Node, port: str) -> bool:
    return f"{port}/udp" == LOST_PORT and call.site.faults.pending(target.name, "network")


def _round_trip_ms(call: Call, target: Node) -> float:
    ends = "/".join(sorted((call.node.name, target.name)))
    return random.Random(f"{call.site.seed}/{ends}").uniform(0.15, 0.6)  # noqa: S311 - repeatable on purpose


async def net_close(call: Call) -> int:
    """net_close."""
    listening, call.node.listening = call.node.listening, None
    if listening is None:
        call.say("listener=inactive")
        return 0
    call.say("listener=active")
    for (source, port), count in listening.datagrams.items():
        call.say(f"heard={source} {port} {count}")
    listening.close()
    # It has been met, and will be told of: the next proof finds the node sound.
    call.site.faults.strike(call.node.name, "network")
    return 0


HANDLERS = {"net_open": net_open, "net_ask": net_ask, "net_keep": net_keep, "net_close": net_close}
