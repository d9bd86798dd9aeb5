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


HANDLERS = {"kubectl": kubectl, "probe_metallb": probe_metallb}
