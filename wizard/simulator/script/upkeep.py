"""Scripts that keep a simulated cluster in order."""

import json
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


async def look_standing(call: Call) -> int:
    """look_standing ROLE."""
    node, role = call.node, call.arg(0)
    unit = node.unit(f"rke2-{role}")
    call.say(f"unit={unit.active if unit else 'inactive'} {int(call.site.clock.now()) - 3600 if unit else 0}")
    if role != "server" or node.cluster is None or not node.api:
        return 0
    members = node.cluster.members
    servers = [name for name, member in members.items() if member.role == "server"]
    for name, member in members.items():
        call.say(f"node={name} {member.ready} {member.version} {member.voter if member.role == 'server' else ''}")
    status = {
        "header": {"member_id": servers.index(node.name) + 1},
        "leader": 1,
        "dbSize": 24 << 20,
        "version": "3.6.5",
    }
    call.say(f"etcd={json.dumps([{'Status': status}])}")
    for place, name in enumerate(servers, 1):
        call.say(f"member={place:x}, started, {name}-{place:08x}, https://{name}:2380, https://{name}:2379, false")
    kept = sorted(path for path in node.files if path.startswith(f"{SNAPSHOTS}/"))
    if kept:
        newest = max(kept, key=lambda path: node.files[path].mtime_s)
        file = node.files[newest]
        call.say(f"snapshots={len(kept)} {len(file.data)} {int(file.mtime_s)} {PurePosixPath(newest).name}")
    return 0


async def bucket_snapshots(call: Call) -> int:
    """bucket_snapshots: a simulated site has no bucket."""
    call.say("Name Location Size Created")
    return 0


async def no_rotation(call: Call) -> int:
    """Keys are not made anew in a simulated cluster."""
    call.complain(f"rke2: {call.name} is not simulated")
    return 1


HANDLERS = {
    "look_standing": look_standing,
    "encryption_status": encryption_status,
    "rotate_keys": no_rotation,
    "encryption_keys": no_rotation,
    "ask_restart": no_rotation,
    "bucket_snapshots": bucket_snapshots,
    "support_facts": support_facts,
    "rotate_certificates": rotate_certificates,
    "prune_snapshots": prune_snapshots,
    "snapshot_sum": snapshot_sum,
}
