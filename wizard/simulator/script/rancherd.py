"""Scripts of RancherD on a simulated host: nobody has brought it there, and its files could not be had."""

from wizard.simulator.call import Call


async def nothing(call: Call) -> int:
    """probe_rancherd, rancher_answers, rancherd_health, unpack_rancherd: no program, no Rancher."""
    return 0


async def bootstrapped(call: Call) -> int:
    """bootstrapped: it has not run."""
    call.say("no")
    return 0


async def reset_admin(call: Call) -> int:
    """reset_admin: the shell's own words."""
    call.say("timeout: failed to run command '/usr/local/bin/rancherd': No such file or directory")
    return 127


HANDLERS = {
    "probe_rancherd": nothing,
    "rancher_answers": nothing,
    "rancherd_health": nothing,
    "unpack_rancherd": nothing,
    "bootstrapped": bootstrapped,
    "reset_admin": reset_admin,
}
