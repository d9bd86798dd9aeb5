"""From a command line to an answer: nothing is ever run, an unknown script is not found."""

from collections.abc import Mapping

from wizard.simulator.call import Call, Handler
from wizard.simulator.script import (
    balancers,
    checks,
    containerd,
    files,
    firewall,
    install,
    jobs,
    kubectl,
    lock,
    membership,
    mend,
    network,
    prepare,
    probe,
    rancherd,
    restore,
    rke1,
    rke2,
    spread,
    units,
    upgrade,
    upkeep,
)

NOT_FOUND = 127


async def _true(call: Call) -> int:
    return 0


HANDLERS: Mapping[str, Handler] = {
    "true": _true,
    **balancers.HANDLERS,
    **checks.HANDLERS,
    **containerd.HANDLERS,
    **files.HANDLERS,
    **firewall.HANDLERS,
    **install.HANDLERS,
    **jobs.handlers(lambda call: answer(call)),
    **kubectl.HANDLERS,
    **lock.HANDLERS,
    **membership.HANDLERS,
    **mend.HANDLERS,
    **network.HANDLERS,
    **prepare.HANDLERS,
    **probe.HANDLERS,
    **rancherd.HANDLERS,
    **restore.HANDLERS,
    **rke1.HANDLERS,
    **rke2.HANDLERS,
    **spread.HANDLERS,
    **units.HANDLERS,
    **upgrade.HANDLERS,
    **upkeep.HANDLERS,
}


async def answer(call: Call) -> int:
    """Answer one script call; return its exit status."""
    handler = HANDLERS.get(call.name)
    if handler is None:
        call.complain(f"sh: {call.name}: not simulated")
        return NOT_FOUND
    kernel = call.node.hardware.kernel
    if refusal := call.site.faults.refusal(call.node.name, call.name, call.args, kernel=kernel):
        for line in refusal.errors:
            call.complain(line)
        return refusal.exit_status
    return await handler(call)


def cuts_link(call: Call) -> bool:
    """True when this call meets the fault `reach`: the node's first script once the rollout is under way."""
    if call.name == "remote_lock" or (call.name == "probe" and not call.site.under_way):
        return False
    return call.site.faults.strike(call.node.name, "reach")
