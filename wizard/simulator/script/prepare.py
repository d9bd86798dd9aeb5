"""Scripts that make a host fit for Kubernetes: modules, kernel settings, swap, users, NetworkManager."""

from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.node import Node

FSTAB = "/etc/fstab"
KEPT_FSTAB = "/etc/fstab.before-rancher-wizard"
# What a module brings with it.
SETTINGS_OF = {"br_netfilter": ("net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables")}


async def load_modules(call: Call) -> int:
    """load_modules NAME..."""
    missing = [name for name in call.args if name not in call.node.modules]
    for name in missing:
        call.node.modules.add(name)
        call.node.sysctls.update(dict.fromkeys(SETTINGS_OF.get(name, ()), "1"))
    call.say("changed" if missing else "unchanged")
    return 0


async def load_sysctl(call: Call) -> int:
    """load_sysctl FILE."""
    file = call.node.files.get(call.arg(0))
    if file is None:
        call.complain(f"sh: can't open {call.arg(0)}: No such file")
        return 2
    state = "unchanged"
    for name, value in _settings(file.data.decode()):
        if name not in call.node.sysctls:
            call.say(f"the kernel has no {name}: skipped")
        elif call.node.sysctls[name] != value:
            call.node.sysctls[name] = value
            state = "changed"
    call.say(state)
    return 0


def _settings(text: str) -> list[tuple[str, str]]:
    pairs = [line.partition("=") for line in text.splitlines()]
    stripped = [(name.strip(), value.strip()) for name, _, value in pairs]
    return [(name, value) for name, value in stripped if name and not name.startswith("#")]


async def swap_off(call: Call) -> int:
    """swap_off."""
    fstab = call.node.files.get(FSTAB)
    state = "changed" if call.node.swap_mib else "unchanged"
    call.node.swap_mib = 0
    if fstab and b" swap " in fstab.data:
        call.node.files[KEPT_FSTAB] = fstab
        text = "".join(f"# {line}" if " swap " in line else line for line in fstab.data.decode().splitlines(True))
        call.node.write(FSTAB, text.encode(), mode=fstab.mode, at=call.site.clock.now())
        call.say(f"commented swap out of {FSTAB}; the former one is {KEPT_FSTAB}")
        state = "changed"
    call.say(state)
    return 0


def swap_facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_swap."""
    fstab = node.files.get(FSTAB)
    if fstab and any(" swap " in line for line in fstab.data.decode().splitlines() if not line.startswith("#")):
        yield "x.swap.fstab=yes"


async def probe_swap(call: Call) -> int:
    """probe_swap, on its own."""
    for line in swap_facts(call.node):
        call.say(line)
    return 0


async def etcd_user(call: Call) -> int:
    """etcd_user."""
    call.say("unchanged" if "etcd" in call.node.users else "changed")
    call.node.users.add("etcd")
    return 0


async def network_manager_runs(call: Call) -> int:
    """network_manager_runs."""
    unit = call.node.unit("NetworkManager")
    call.say(unit.active if unit else "inactive")
    return 0


async def reload_network_manager(call: Call) -> int:
    """reload_network_manager."""
    return 0


async def cloud_setup_off(call: Call) -> int:
    """cloud_setup_off UNIT..."""
    state = "unchanged"
    for unit in map(call.node.unit, call.args):
        if unit and (unit.active == "active" or unit.enabled == "enabled"):
            unit.active, unit.sub, unit.enabled = "inactive", "dead", "disabled"
            state = "changed"
    call.say(state)
    return 0


HANDLERS = {
    "load_modules": load_modules,
    "load_sysctl": load_sysctl,
    "swap_off": swap_off,
    "probe_swap": probe_swap,
    "etcd_user": etcd_user,
    "network_manager_runs": network_manager_runs,
    "reload_network_manager": reload_network_manager,
    "cloud_setup_off": cloud_setup_off,
}
