"""Scripts of a restore: what runs is stopped, etcd is reset on one server, and set aside on the others."""

from wizard.simulator.call import Call
from wizard.simulator.node import File
from wizard.simulator.start import ETCD

RESET_S = 40
RESTORE = "/var/lib/rancher-wizard/restore"


def _note(call: Call, restore: str, state: str) -> None:
    call.node.files[RESTORE] = File(f"{restore} {state}\n".encode(), 0o644, "root:root", call.site.clock.now())


def _noted(call: Call) -> str:
    return call.node.files[RESTORE].data.decode().strip() if RESTORE in call.node.files else ""


async def halt_rke2(call: Call) -> int:
    """halt_rke2 ROLE ID [pods]."""
    unit, restore = call.node.unit(f"rke2-{call.arg(0)}"), call.arg(1)
    if _noted(call).startswith(f"{restore} ") and _noted(call) != f"{restore} halted":
        call.say("there")
        return 0
    _note(call, restore, "halted")
    if unit is None:
        call.say("absent")
        return 0
    unit.active, unit.sub, unit.enabled = "inactive", "dead", "disabled"
    call.node.supervisor = False
    call.say("halted")
    return 0


async def set_aside(call: Call) -> int:
    """set_aside ID."""
    there = _noted(call) == f"{call.arg(0)} aside"
    held = call.node.files.pop(ETCD, None) if not there else None
    _note(call, call.arg(0), "aside")
    call.say("there" if there else "aside" if held else "absent")
    return 0


async def reset_etcd(call: Call) -> int:
    """reset_etcd ID [SNAPSHOT]; a simulated etcd holds nothing that could be lost or come back."""
    if _noted(call) == f"{call.arg(0)} reset":
        call.say("done before")
        return 0
    if call.arg(1) and call.arg(1) not in call.node.files:
        call.complain(f"etcd: snapshot path does not exist: {call.arg(1)}")
        return 1
    await call.site.clock.sleep(RESET_S)
    call.say("Managed etcd cluster membership has been reset, restart without --cluster-reset flag now.")
    _note(call, call.arg(0), "reset")
    call.say("etcd is a cluster of this server alone")
    return 0


HANDLERS = {"halt_rke2": halt_rke2, "set_aside": set_aside, "reset_etcd": reset_etcd}
