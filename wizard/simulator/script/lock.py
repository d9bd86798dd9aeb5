"""The lock that a rollout holds on its first server."""

from wizard.simulator.call import Call

PATH = "/run/rancher-wizard/lock"


async def remote_lock(call: Call) -> int:
    """remote_lock take|free|look OWNER HOLDER STALE_S."""
    what, owner, holder, stale_s = call.arg(0), call.arg(1), call.arg(2), float(call.arg(3))
    lock = call.node.files.get(PATH)
    now = call.site.clock.now()
    if lock and lock.data.decode().splitlines()[0] != owner and now - lock.mtime_s < stale_s:
        call.say(lock.data.decode().splitlines()[1])
        call.say(f"refreshed {now - lock.mtime_s:.0f} s ago")
        return 0
    if what == "look":
        call.say("free")
        return 0
    call.site.reported = call.site.reported or (call.site.under_way and what == "free")
    call.site.under_way = what == "take"
    if what == "take":
        call.node.write(PATH, f"{owner}\n{holder}\n".encode(), mode=0o600, at=now)
        call.say("taken")
    else:
        call.node.files.pop(PATH, None)
        call.say("freed")
    return 0


HANDLERS = {"remote_lock": remote_lock}
