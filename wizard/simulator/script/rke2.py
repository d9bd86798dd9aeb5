"""Scripts that ask RKE2 what it is, and its cluster who is in it."""

import hashlib
from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.cluster import AGENT_CA, CONFIG, DATA, KUBECONFIG, SERVER_CA, Member, certificate
from wizard.simulator.node import Node
from wizard.simulator.start import ETCD, SUPERVISOR_PORT

BINARY = "/usr/local/bin/rke2"
REFUSED = "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?"
TRIES, PAUSE_S = 6, 3
MARKER_LENGTH = 200


async def installed_version(call: Call) -> int:
    """installed_version."""
    call.say(call.node.version)
    return 0


async def binary(call: Call) -> int:
    """binary."""
    call.say(BINARY if call.node.version else "")
    return 0


async def cluster_ca(call: Call) -> int:
    """cluster_ca."""
    if SERVER_CA not in call.node.files:
        call.complain(f"sh: 3: cannot open {SERVER_CA}: No such file")
        return 2
    call.say(call.node.files[SERVER_CA].sha256)
    return 0


async def read_kubeconfig(call: Call) -> int:
    """read_kubeconfig."""
    if KUBECONFIG not in call.node.files:
        call.complain(f"cat: {KUBECONFIG}: No such file or directory")
        return 1
    for line in call.node.files[KUBECONFIG].data.decode().splitlines():
        call.say(line)
    return 0


async def free_space(call: Call) -> int:
    """free_space PATH..."""
    for path in call.args:
        file = call.node.files.get(path)
        call.say(f"room=1 {call.node.hardware.free_mib} {len(file.data) if file else 0} {path}")
    return 0


async def node_ready(call: Call) -> int:
    """node_ready NODE, asked on a server."""
    name, cluster = call.arg(0), call.node.cluster
    if cluster is None:
        call.complain(f"timeout: failed to run command '{DATA}/bin/kubectl': No such file or directory")
        return 127
    if not call.node.api:
        call.complain(REFUSED)
        return 1
    if name not in cluster.members:
        call.complain(f'Error from server (NotFound): nodes "{name}" not found')
        return 1
    call.say(_conditions(cluster.members[name]))
    return 0


def _conditions(member: Member) -> str:
    """Ready, kubelet's version, EtcdIsVoter; agents have no such condition."""
    voter = str(member.voter) if member.role == "server" else ""
    return f"{member.ready} {member.version} {voter}"


async def seen_ca(call: Call) -> int:
    """seen_ca ADDRESS PORT."""
    address, port = call.arg(0), call.arg(1)
    if call.site.faults.strike(call.node.name, "door"):
        elsewhere = call.site.seed + 1
        return _shows(call, certificate(str(elsewhere)))
    for attempt in range(TRIES):
        if attempt:
            await call.site.clock.sleep(PAUSE_S)
        cluster = call.site.behind(address)
        if cluster and port == str(SUPERVISOR_PORT):
            return _shows(call, cluster.ca)
    call.say(f"unreachable curl: (7) Failed to connect to {address} port {port} after 1 ms: Couldn't connect to server")
    return 0


def _shows(call: Call, ca: bytes) -> int:
    call.say(f"ca {hashlib.sha256(ca).hexdigest()}")
    return 0


def facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_rke2."""
    if node.version:
        yield f"x.rke2.bin={BINARY}"
        yield f"x.rke2.version={node.version}"
    if file := node.files.get(CONFIG):
        yield f"x.rke2.marker={file.data.decode().split(chr(10), 1)[0][:MARKER_LENGTH]}"
    if ca := node.files.get(SERVER_CA) or node.files.get(AGENT_CA):
        yield f"x.rke2.ca={ca.sha256}"
    if ETCD in node.files:
        yield "x.rke2.etcd=yes"
    if "/var/lib/rancher-wizard/cordoned" in node.files:
        yield "x.rke2.cordoned=yes"
    if policy := node.packages.get("rke2-selinux"):
        yield f"x.rke2.policy={policy}"
    if "etcd" in node.users:
        yield "x.rke2.etcd_user=yes"
    for role in ("server", "agent"):
        if unit := node.unit(f"rke2-{role}"):
            yield f"x.rke2.unit.{role}={unit.active} {unit.enabled} {int(unit.started_s)}"
    for path, image in node.files.items():
        if path.startswith(f"{DATA}/agent/images/rke2-images") and ".tar." in path:
            yield f"x.rke2.image={len(image.data)} {path}"
    if node.api and node.cluster:
        for name, member in node.cluster.members.items():
            yield f"x.rke2.node={name} {_conditions(member)}"


async def probe_rke2(call: Call) -> int:
    """probe_rke2, on its own."""
    for line in facts(call.node):
        call.say(line)
    return 0


HANDLERS = {
    "installed_version": installed_version,
    "binary": binary,
    "cluster_ca": cluster_ca,
    "read_kubeconfig": read_kubeconfig,
    "free_space": free_space,
    "node_ready": node_ready,
    "seen_ca": seen_ca,
    "probe_rke2": probe_rke2,
}
