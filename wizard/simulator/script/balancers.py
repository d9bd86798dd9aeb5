"""Scripts of the balancers on a simulated host: HAProxy, keepalived, the virtual IP, the pools, the drill."""

from collections.abc import Iterator

from wizard.balancers.haproxy.files import DROP_IN
from wizard.balancers.haproxy.render import CONFIG
from wizard.balancers.keepalived.config import CHECK, CONF
from wizard.balancers.kube_vip.manifest import PATH as MANIFEST
from wizard.simulator.call import Call
from wizard.simulator.node import Node, Unit
from wizard.simulator.site import Site

BACKENDS = ("be_kube_api", "be_rke2_join")
INSTALL_S = 8
TAKES_OVER_S = 3


def keepalived_facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_keepalived."""
    yield f"x.vip.link={node.hardware.device} {node.inner_address}/24"
    if unit := node.unit("keepalived"):
        yield "x.keepalived.version=2.2.7"
        yield f"unit=keepalived.service {unit.active} {unit.enabled}"
    if conf := node.files.get(CONF):
        yield f"x.keepalived.marker={conf.data.decode().split(chr(10), 1)[0]}"
    for path in (CONF, CHECK):
        if file := node.files.get(path):
            yield f"file={file.sha256} {file.mode:o} {file.owner} {int(file.mtime_s)} {path}"
    if conf and _runs(node, "keepalived") and b"state BACKUP" in conf.data:
        address = conf.data.decode().partition("virtual_ipaddress {")[2].split()[0]
        if node.carries:
            yield f"x.vip.link={node.hardware.device} {address}"


def haproxy_facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_haproxy."""
    unit = node.unit("haproxy")
    if unit is None:
        return
    yield "x.haproxy.version=2.6.12"
    yield "x.haproxy.exporter=yes"
    yield "x.haproxy.tool=yes"
    yield f"unit=haproxy.service {unit.active} {unit.enabled}"
    for path, file in node.files.items():
        if path == DROP_IN or path.startswith(CONFIG.removesuffix(".cfg")):
            yield f"file={file.sha256} {file.mode:o} {file.owner} {int(file.mtime_s)} {path}"
    conf = node.files.get(CONFIG)
    if conf and unit.active == "active":
        digest = conf.data.decode().partition("description rancher-wizard ")[2].partition("\n")[0]
        yield f"x.haproxy.running={digest}"


async def probe_haproxy(call: Call) -> int:
    """probe_haproxy, on its own."""
    for line in haproxy_facts(call.node):
        call.say(line)
    return 0


async def haproxy_package(call: Call) -> int:
    """haproxy_package NAME apply [--from FOLDER] PACKAGE..."""
    await call.site.clock.sleep(INSTALL_S * call.node.hardware.pace)
    call.say("run=apt-get install haproxy socat")
    call.node.units.setdefault("haproxy", Unit("active", "running", enabled="enabled"))
    return 0


async def haproxy_whose(call: Call) -> int:
    """haproxy_whose NAME look CONFIG FIRST_LINE: nobody configured HAProxy on a simulated host before."""
    await call.read()
    return 0


async def haproxy_conf(call: Call) -> int:
    """haproxy_conf NAME apply CONFIG DROP_IN SOCKET DIGEST DROP_IN_TEXT DRAINED; the configuration on stdin."""
    node, now, text = call.node, call.site.clock.now(), await call.read()
    known = node.files.get(CONFIG)
    state = "unchanged" if known and known.data == text else "changed"
    node.write(CONFIG, text, mode=0o600, at=now)
    node.write(DROP_IN, f"{call.arg(6)}\n".encode(), mode=0o644, at=now)
    node.units["haproxy"] = Unit("active", "running", enabled="enabled", started_s=now)
    call.say(state)
    return 0


async def haproxy_remove(call: Call) -> int:
    """haproxy_remove NAME undo FOLDER DRAINED."""
    if call.node.units.pop("haproxy", None):
        for path in (CONFIG, DROP_IN):
            call.node.files.pop(path, None)
        call.say("gone")
    return 0


async def balancer_firewall(call: Call) -> int:
    """balancer_firewall NAME apply ITEM..., or undo: no firewall runs on machines of the simulated site."""
    return 0


def kube_vip_facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_kube_vip."""
    if file := node.files.get(MANIFEST):
        yield f"file={file.sha256} {file.mode:o} {file.owner} {int(file.mtime_s)} {MANIFEST}"


async def probe_kube_vip(call: Call) -> int:
    """probe_kube_vip, on its own."""
    for line in kube_vip_facts(call.node):
        call.say(line)
    return 0


async def probe_keepalived(call: Call) -> int:
    """probe_keepalived, on its own."""
    for line in keepalived_facts(call.node):
        call.say(line)
    return 0


async def keepalived_package(call: Call) -> int:
    """keepalived_package NAME apply [--from FOLDER] PACKAGE..."""
    await call.site.clock.sleep(INSTALL_S * call.node.hardware.pace)
    call.say("run=apt-get install keepalived")
    call.node.units.setdefault("keepalived", Unit(enabled="enabled"))
    return 0


async def keepalived_conf(call: Call) -> int:
    """keepalived_conf NAME apply CONF CHECK USER FIRST_LINE CHECK_TEXT; the configuration on stdin."""
    node, now = call.node, call.site.clock.now()
    text, check = await call.read(), f"{call.arg(6)}\n".encode()
    unit, known = node.units.setdefault("keepalived", Unit(enabled="enabled")), node.files.get(CONF)
    if known and known.data == text and unit.active == "active":
        call.say("unchanged")
        return 0
    node.write(CHECK, check, mode=0o755, at=now)
    node.write(CONF, text, mode=0o600, at=now)
    unit.active, unit.sub, unit.enabled, unit.started_s = "active", "running", "enabled", now
    await call.site.clock.sleep(TAKES_OVER_S)
    elect(call.site)
    call.say("changed")
    return 0


async def keepalived_remove(call: Call) -> int:
    """keepalived_remove NAME undo."""
    if call.node.units.pop("keepalived", None):
        for path in (CONF, CHECK):
            call.node.files.pop(path, None)
        elect(call.site)
        call.say("gone")
    return 0


def elect(site: Site) -> None:
    """Let one machine that is fit carry the virtual IP: who has it keeps it."""
    fit = [node for node in site.nodes.values() if _runs(node, "keepalived") and _runs(node, "haproxy")]
    keeper = next((node for node in fit if node.carries), fit[0] if fit else None)
    for node in site.nodes.values():
        node.carries = node is keeper


def _runs(node: Node, name: str) -> bool:
    unit = node.unit(name)
    return unit is not None and unit.active == "active"


async def vip_here(call: Call) -> int:
    """vip_here ADDRESS."""
    elect(call.site)
    call.say(f"carries={'yes' if call.node.carries else 'no'}")
    for name in ("keepalived", "haproxy"):
        call.say(f"{name}={'active' if _runs(call.node, name) else 'inactive'}")
    return 0


async def vip_free(call: Call) -> int:
    """vip_free ADDRESS DEVICE SECONDS PYTHON PERL."""
    await call.site.clock.sleep(float(call.arg(2)))
    call.say("here=no")
    call.say("program=python3")
    return 0


async def pool(call: Call) -> int:
    """pool VERB SOCKET KEPT SERVER SECONDS BACKEND..."""
    verb, server = call.arg(0), call.arg(3)
    up = [node.name for node in call.site.nodes.values() if node.api]
    if verb == "show":
        for backend in BACKENDS:
            for name in sorted({*up, *call.node.drained}):
                call.say(f"show={backend} {name} {'DRAIN' if name in call.node.drained else 'UP'} L7OK 0")
        return 0
    others = [name for name in up if name != server and name not in call.node.drained]
    for backend in BACKENDS:
        if verb == "leave":
            call.say(f"left={backend} 0" if others else f"alone={backend}")
        else:
            call.say(f"entered={backend}" if server in up else f"down={backend} DOWN L4CON")
    if verb == "leave" and others:
        call.node.drained.add(server)
    elif verb == "enter":
        call.node.drained.discard(server)
    return 0


async def drill_stop(call: Call) -> int:
    """drill_stop SECONDS."""
    call.node.units.setdefault("haproxy", Unit()).active = "inactive"
    elect(call.site)
    call.say("stopped")
    return 0


async def drill_back(call: Call) -> int:
    """drill_back."""
    call.node.units.setdefault("haproxy", Unit()).active = "active"
    call.say("active")
    return 0


HANDLERS = {
    "probe_kube_vip": probe_kube_vip,
    "probe_haproxy": probe_haproxy,
    "haproxy_package": haproxy_package,
    "haproxy_whose": haproxy_whose,
    "haproxy_conf": haproxy_conf,
    "haproxy_remove": haproxy_remove,
    "balancer_firewall": balancer_firewall,
    "probe_keepalived": probe_keepalived,
    "keepalived_package": keepalived_package,
    "keepalived_conf": keepalived_conf,
    "keepalived_remove": keepalived_remove,
    "vip_here": vip_here,
    "vip_free": vip_free,
    "pool": pool,
    "drill_stop": drill_stop,
    "drill_back": drill_back,
}
