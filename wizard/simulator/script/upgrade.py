"""Scripts of an upgrade: quorum, drain, and etcd's snapshot."""

import base64
import hashlib

from wizard.simulator.call import Call
from wizard.simulator.cluster import Cluster
from wizard.simulator.node import File
from wizard.simulator.script.rke2 import REFUSED

MARK = "/var/lib/rancher-wizard/cordoned"
SNAPSHOTS = "/var/lib/rancher/rke2/server/db/snapshots"
POD_S = 2
KINDS = ("node", "pod", "budget", "volume", "webhook", "endpoint", "apiservice", "crd", "deployment", "plan", "chart")
PODS = ("ingress-7d9", "web-5c8f", "worker-6b2")


def _cluster(call: Call) -> Cluster | None:
    """The cluster as this server's API tells it; None, with kubectl's words, when it does not answer."""
    if call.node.cluster and call.node.api:
        return call.node.cluster
    call.complain(REFUSED)
    return None


async def etcd_voters(call: Call) -> int:
    """etcd_voters."""
    cluster = _cluster(call)
    if cluster is None:
        return 1
    call.say("etcd ok")
    for name, member in cluster.members.items():
        if member.role == "server":
            call.say(f"{name} {member.ready} {member.version} {member.voter}")
    return 0


async def mark_cordoned(call: Call) -> int:
    """mark_cordoned look|set|clear."""
    if call.arg(0) == "set":
        call.node.files[MARK] = File(b"", 0o644, "root:root", call.site.clock.now())
    elif call.arg(0) == "clear":
        call.node.files.pop(MARK, None)
    call.say("yes" if MARK in call.node.files else "no")
    return 0


async def unschedulable(call: Call) -> int:
    """unschedulable NODE."""
    cluster = _cluster(call)
    if cluster is None:
        return 1
    call.say(str(call.arg(0) in cluster.cordoned).lower() if call.arg(0) in cluster.members else "absent")
    return 0


async def drain(call: Call) -> int:
    """drain NODE TIMEOUT_S [OPTION...]."""
    cluster, node = _cluster(call), call.arg(0)
    if cluster is None:
        return 1
    cluster.cordoned.add(node)
    call.say(f"node/{node} cordoned")
    for pod in PODS:
        call.say(f"evicting pod default/{pod}")
        await call.site.clock.sleep(POD_S)
        call.say(f"pod/{pod} evicted")
    call.say(f"node/{node} drained")
    return 0


async def uncordon(call: Call) -> int:
    """uncordon NODE."""
    cluster = _cluster(call)
    if cluster is None:
        return 1
    cluster.cordoned.discard(call.arg(0))
    call.say(f"node/{call.arg(0)} uncordoned")
    return 0


async def save_snapshot(call: Call) -> int:
    """save_snapshot NAME FRESH_S, save_named NAME; always a new one, of little content."""
    if not call.node.api:
        call.complain('Post "https://127.0.0.1:9345/db/snapshot": connect: connection refused')
        return 1
    now = call.site.clock.now()
    path, data = f"{SNAPSHOTS}/{call.arg(0)}-{call.node.name}-{int(now)}", f"simulated snapshot {now}".encode()
    call.node.files[path] = File(data, 0o600, "root:root", now)
    for line in ("saved", str(len(data)), hashlib.sha256(data).hexdigest(), path):
        call.say(line)
    return 0


async def read_piece(call: Call) -> int:
    """read_piece PATH OFFSET COUNT."""
    file = call.node.files.get(call.arg(0))
    if file is None:
        call.complain(f"dd: failed to open '{call.arg(0)}': No such file or directory")
        return 1
    begin = int(call.arg(1))
    call.say(base64.b64encode(file.data[begin : begin + int(call.arg(2))]).decode())
    return 0


async def look_cluster(call: Call) -> int:
    """look_cluster [RESOURCE...]: nodes that are as they are, a pod of each workload, and nothing in the way."""
    cluster = _cluster(call)
    if cluster is None:
        return 1
    for name, member in cluster.members.items():
        etcd = '{"node-role.kubernetes.io/etcd":"true"}' if member.role == "server" else "{}"
        conditions = f"Ready={member.ready} EtcdIsVoter={member.voter}"
        cordoned = "true" if name in cluster.cordoned else ""
        call.say(f'node|{name}|{cordoned}|{conditions}|{{"cpu":"8","memory":"32Gi"}}|{etcd}|{member.version}')
        for number, pod in enumerate(PODS):
            owner = f"ReplicaSet|{pod.rpartition('-')[0]}"
            call.say(f"pod|default|{pod}-{name}-{number}|{name}|Running|{owner}||30||True||||||")
    for kind in KINDS:
        call.say(f"ok|{kind}")
    return 0


async def watch_controller(call: Call) -> int:
    """watch_controller: no simulated cluster has a system-upgrade-controller, nor nodes that were handed to it."""
    return 0 if _cluster(call) else 1


async def look_api(call: Call) -> int:
    """look_api: nobody asks for a deprecated version, and etcd is small."""
    if _cluster(call) is not None:
        call.say('apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 4.2e+07')
    return 0


async def look_certificates(call: Call) -> int:
    """look_certificates: there are none, what stands for one certifies nothing."""
    return 0


HANDLERS = {
    "look_cluster": look_cluster,
    "watch_controller": watch_controller,
    "look_api": look_api,
    "look_certificates": look_certificates,
    "etcd_voters": etcd_voters,
    "mark_cordoned": mark_cordoned,
    "unschedulable": unschedulable,
    "drain": drain,
    "uncordon": uncordon,
    "save_snapshot": save_snapshot,
    "save_named": save_snapshot,
    "read_piece": read_piece,
}
