"""The cluster's API as a simulated server reaches it: it holds nothing that the wizard asks for by kubectl."""

from wizard.simulator.call import Call
from wizard.simulator.script.rke2 import REFUSED


async def kubectl(call: Call) -> int:
    """kubectl ARG..."""
    if not call.node.api:
        call.complain(REFUSED)
        return 1
    call.complain(f"Error from server (NotFound): {' '.join(call.args[1:3])} not found")
    return 1


async def probe_metallb(call: Call) -> int:
    """probe_metallb, on its own."""
    return 0


async def look_rancher(call: Call) -> int:
    """look_rancher, on its own: neither Rancher nor cert-manager stands here."""
    if call.node.api:
        call.say("x.rancher.api=ready")
    return 0


async def ping_rancher(call: Call) -> int:
    """ping_rancher ARG...: nobody answers as Rancher."""
    call.complain("curl: (7) Failed to connect: Connection refused")
    return 7


HANDLERS = {
    "kubectl": kubectl,
    "probe_metallb": probe_metallb,
    "look_rancher": look_rancher,
    "ping_rancher": ping_rancher,
}
