"""Scripts that take a node out of its cluster and RKE2 off it."""

from wizard.simulator.call import Call
from wizard.simulator.cluster import CONFIG
from wizard.simulator.script.install import UNITS
from wizard.simulator.script.rke2 import REFUSED

LEAVE_S = 3
UNINSTALL_S = 5
OURS = ("/etc/rancher/", "/var/lib/rancher/", "/var/lib/rancher-wizard/")


async def leave_cluster(call: Call) -> int:
    """leave_cluster NODE TIMEOUT_S."""
    cluster, name = call.node.cluster, call.arg(0)
    if cluster is None or not call.node.api:
        call.complain(REFUSED)
        return 1
    if cluster.members.pop(name, None) is not None:
        cluster.cordoned.discard(name)
        await call.site.clock.sleep(LEAVE_S)
        call.say(f'node "{name}" deleted')
    call.say("gone")
    return 0


async def stay_off(call: Call) -> int:
    """stay_off."""
    found = [unit for name in UNITS if (unit := call.node.units.get(name)) and unit.enabled == "enabled"]
    for unit in found:
        unit.enabled = "disabled"
    call.say("done" if found else "unchanged")
    return 0


async def uninstall_rke2(call: Call) -> int:
    """uninstall_rke2 MARKER FILE..."""
    node = call.node
    config = node.files.get(CONFIG)
    if config and call.arg(0).encode() not in config.data.splitlines()[0]:
        call.complain(f"RKE2 is here, and not of this cluster ({CONFIG})")
        return 3
    there = bool(node.version or config)
    if there:
        await call.site.clock.sleep(UNINSTALL_S)
        call.say("Cleanup completed successfully")
    for name in UNITS:
        unit = node.units.pop(name, None)
        if unit and unit.work:
            unit.work.cancel()
    node.files = {path: file for path, file in node.files.items() if not path.startswith((*OURS, *call.args[1:]))}
    node.version, node.cluster, node.supervisor = "", None, False
    call.say("uninstalled" if there else "nothing-here")
    return 0


HANDLERS = {"leave_cluster": leave_cluster, "stay_off": stay_off, "uninstall_rke2": uninstall_rke2}
