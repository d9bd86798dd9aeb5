"""Scripts that keep a simulated cluster in order."""

from pathlib import PurePosixPath

from wizard.simulator.call import Call
from wizard.simulator.script.upgrade import SNAPSHOTS

ROTATE_S = 4


async def rotate_certificates(call: Call) -> int:
    """rotate_certificates ROLE."""
    unit = call.node.unit(f"rke2-{call.arg(0)}")
    if unit is None:
        call.complain(f"Unit rke2-{call.arg(0)}.service not loaded.")
        return 5
    unit.active, unit.sub = "inactive", "dead"
    await call.site.clock.sleep(ROTATE_S)
    call.say("rotated")
    return 0


async def prune_snapshots(call: Call) -> int:
    """prune_snapshots NAME..."""
    for name in call.args:
        if call.node.files.pop(f"{SNAPSHOTS}/{name}", None) is None:
            call.complain(f"FATA[0000] snapshot {name} not found")
            return 1
        call.say(f"deleted {PurePosixPath(name).name}")
    return 0


async def snapshot_sum(call: Call) -> int:
    """snapshot_sum PATH."""
    file = call.node.files.get(call.arg(0))
    if file is None:
        call.complain(f"stat: cannot statx '{call.arg(0)}': No such file or directory")
        return 1
    call.say(str(len(file.data)))
    call.say(file.sha256)
    return 0


async def support_facts(call: Call) -> int:
    """support_facts LINES: what a simulated node has to tell."""
    call.say(f"===== uname -a\nLinux {call.node.name} {call.node.hardware.kernel} simulated")
    return 0


async def encryption_status(call: Call) -> int:
    """encryption_status: a simulated cluster keeps the key that it began with."""
    call.say('{"stage": "start", "activekey": "AES-CBC aescbckey", "enable": true, "hashmatch": true}')
    return 0


async def no_rotation(call: Call) -> int:
    """Keys are not made anew in a simulated cluster."""
    call.complain(f"rke2: {call.name} is not simulated")
    return 1


HANDLERS = {
    "encryption_status": encryption_status,
    "rotate_keys": no_rotation,
    "encryption_keys": no_rotation,
    "ask_restart": no_rotation,
    "support_facts": support_facts,
    "rotate_certificates": rotate_certificates,
    "prune_snapshots": prune_snapshots,
    "snapshot_sum": snapshot_sum,
}
