"""Scripts that start units."""

from wizard.simulator.call import Call
from wizard.simulator.start import launch

PAUSE_S = 1


async def start_unit(call: Call) -> int:
    """start_unit UNIT BINARY [FILE...]."""
    node, name = call.node, call.arg(0)
    unit, cursor = node.unit(name), node.journal.cursor
    if unit is None:
        call.say("can not be enabled: is it installed?")
        return 0
    unit.enabled = "enabled"
    written = [node.files[path].mtime_s for path in call.args[2:] if path in node.files]
    runs = unit.active in ("active", "activating", "reloading")
    listed = node.cluster.members.get(node.name) if node.cluster else None
    replaced = bool(call.arg(1) and listed and listed.version != node.version)
    newer = replaced or any(int(at) > int(unit.started_s) for at in written)
    if runs:
        # Asked for a second time, somebody has stopped the program that held the port.
        call.site.faults.strike(node.name, "start")
    did = "started" if not runs else "restarted" if newer else "running"
    if did != "running":
        launch(call.site, node, name.removesuffix(".service").removeprefix("rke2-"))
        await call.site.clock.sleep(PAUSE_S)
    call.say(did)
    call.say(cursor)
    return 0


HANDLERS = {"start_unit": start_unit}
