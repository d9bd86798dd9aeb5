"""Mends on a simulated host: what they would run, what they change, and how it was before."""

import io
from collections.abc import Callable, Iterator
from functools import partial

from wizard.bundle.packages.rpm_header import read_header
from wizard.mend.mend import MENDS
from wizard.simulator.call import Call, Handler
from wizard.simulator.node import Node
from wizard.simulator.script.firewall import firewalld_runs

Steps = Iterator[tuple[str, Callable[[], object]]]
Plan = Callable[[Node, tuple[str, ...]], Steps]
POLICY = "rke2-selinux"


def _swap(node: Node, args: tuple[str, ...]) -> Steps:
    if node.swap_mib:
        yield "swapoff -a", partial(setattr, node, "swap_mib", 0)


def _modules(node: Node, args: tuple[str, ...]) -> Steps:
    for name in args[1:]:
        if name not in node.modules:
            yield f"modprobe {name}", partial(node.modules.add, name)


def _sysctls(node: Node, args: tuple[str, ...]) -> Steps:
    for name, _, value in (pair.partition("=") for pair in args[1:]):
        if node.sysctls.get(name, value) != value:
            yield f"sysctl -q -w {name}={value}", partial(node.sysctls.update, {name: value})


def _firewall(node: Node, args: tuple[str, ...]) -> Steps:
    for item in args if firewalld_runs(node) else ():
        if item not in node.open_ports:
            yield f"firewall-cmd -q --permanent --add-port={item}", partial(node.open_ports.append, item)


def _packages(node: Node, args: tuple[str, ...]) -> Steps:
    """Of packages a simulated host lacks SELinux's rules alone; it takes those that were sent."""
    if POLICY in args and (POLICY not in node.packages or "--renew" in args):
        verb = "upgrade" if "--renew" in args else "install"
        yield f"dnf -q -y {verb} {POLICY}", partial(node.packages.update, {POLICY: _sent(node)})


def _sent(node: Node) -> str:
    """The version of SELinux's rules in the file that was sent; that of the distribution where none was."""
    for path, file in node.files.items():
        if path.rpartition("/")[2].startswith(f"{POLICY}-") and path.endswith(".rpm"):
            header = read_header(io.BytesIO(file.data), name=path)
            return f"{header.epoch}:{header.version}-{header.release}"
    return "0:0.17-1"


def _nothing(node: Node, args: tuple[str, ...]) -> Steps:
    """Simulated hosts keep their clocks, and have no cloud setup."""
    return iter(())


PLANS: dict[str, Plan] = {
    "swap": _swap,
    "modules": _modules,
    "sysctls": _sysctls,
    "firewall": _firewall,
    "packages": _packages,
}


def _handler(name: str) -> Handler:
    async def mend(call: Call) -> int:
        """mend_NAME NAME VERB [ARG...]."""
        node, verb = call.node, call.arg(1)
        if verb == "undo":
            for restore in node.before_mends.pop(name, ()):
                restore()
            return 0
        steps = list(PLANS.get(name, _nothing)(node, call.args[2:]))
        if steps and verb == "apply":
            node.before_mends.setdefault(name, _kept(node))
        for command, act in steps:
            call.say(f"run={command}")
            if verb == "apply":
                act()
        return 0

    return mend


def _kept(node: Node) -> tuple[Callable[[], object], ...]:
    return (
        partial(setattr, node, "swap_mib", node.swap_mib),
        partial(setattr, node, "modules", set(node.modules)),
        partial(setattr, node, "sysctls", dict(node.sysctls)),
        partial(setattr, node, "open_ports", list(node.open_ports)),
        partial(setattr, node, "packages", dict(node.packages)),
    )


async def installed_packages(call: Call) -> int:
    """installed_packages: a simulated host keeps no list."""
    return 0


HANDLERS = {f"mend_{name}": _handler(name) for name in MENDS} | {"installed_packages": installed_packages}
