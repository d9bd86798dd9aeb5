"""What `rke` does to a cluster that is up, by its stand-in: snapshots, restore, certificates.

After rancher/rke release/v1.6, cmd/etcd.go and cmd/cert.go.
"""

import hashlib
import json
from collections.abc import Sequence

from tests.lab.rke1 import papers
from tests.lab.rke1.cluster import CONTROL, KUBELET, VERSION, Cluster
from tests.lab.rke1.say import give_up, say

FOLDER = "/opt/rke/etcd-snapshots"
DATA = "/var/lib/etcd/member/data"
"""What the stand-in for etcd stores: one text."""


async def save(cluster: Cluster, name: str) -> None:
    """`rke etcd snapshot-save`: each host of etcd its own file, with the state file in it."""
    say(f"Running RKE version: {VERSION}")
    say("Starting saving snapshot on etcd hosts")
    await cluster.connect()
    for node in cluster.on("etcd"):
        say(f"[state] Deploying state file to [/etc/kubernetes/{name}.rkestate] on host [{node.address}]")
    for node in cluster.on("etcd"):
        say(f"[etcd] Running snapshot save once on host [{node.address}]")
        held = {"data": await node.read(DATA), "state": cluster.state, "host": node.address}
        await node.write(f"{FOLDER}/{name}.zip", json.dumps(held))
    say(f"[etcd] Finished saving snapshot [{name}] on all etcd hosts")
    say(f"Finished saving/uploading snapshot [{name}] on all etcd hosts")


async def restore(cluster: Cluster, name: str) -> None:
    """`rke etcd snapshot-restore`."""
    say(f"Running RKE version: {VERSION}")
    say(f"Checking if state file is included in snapshot file for [{name}]")
    await cluster.connect()
    place = f"{FOLDER}/{name}.zip"
    found = ""
    for node in cluster.on("etcd"):
        if found := await node.read(place):
            break
        say(f"Could not extract state file from snapshot [{name}] on host [{node.address}]")
    if found:
        say(f"State file is successfully extracted from snapshot [{name}]")
        cluster.state = json.loads(found)["state"]
    else:
        say(
            f"Could not extract state file from snapshot [{name}] on any host, falling back to local state file: "
            f"Unable to find statefile in snapshot [{name}]"
        )
    say(f"Restoring etcd snapshot {name}")
    cluster.put_state(cluster.state | {"currentState": {}})
    await _hand_out(cluster, name, found)
    say("Cleaning old kubernetes cluster")
    await _wipe(cluster)
    for node in cluster.on("etcd"):
        say(f"[etcd] Restoring [{name}] snapshot on etcd host [{node.address}]")
        await node.write(DATA, json.loads(found)["data"])
    await cluster.build()
    say("Finished building Kubernetes cluster successfully")
    say("Restarting network, ingress, and metrics pods")
    say(f"Finished restoring snapshot [{name}] on all etcd hosts")


async def rotate(cluster: Cluster, services: Sequence[str], *, ca: bool) -> None:
    """`rke cert rotate`."""
    say(f"Running RKE version: {VERSION}")
    say("Initiating Kubernetes cluster")
    say("Rotating Kubernetes cluster certificates")
    old = cluster.state.get("currentState", {}).get("certificatesBundle")
    if old is None:
        give_up("Failed to rotate certificates: can't find old certificates")
    say(f"[certificates] Generating {'CA ' if ca else ''}kubernetes certificates")
    cluster.write_state(current=False, certificates=papers.bundle(None if ca else old))
    say("Rebuilding Kubernetes cluster with rotated certificates")
    await cluster.connect()
    await cluster.deploy_certificates()
    cluster.write_state(current=True)
    say("[state] Saving full cluster state to Kubernetes")
    if ca or not services or "etcd" in services:
        say("[etcd] Restarting up etcd plane..")
        for node in cluster.on("etcd"):
            await node.restart("etcd")
        say("[etcd] Successfully restarted etcd plane..")
    say("[controlplane] Restarting the Controller Plane..")
    for node in cluster.on("controlplane"):
        for service in CONTROL:
            await node.restart(service)
    say("[controlplane] Successfully restarted Controller Plane..")
    say("[worker] Restarting Worker Plane..")
    for node in cluster.nodes:
        for service in KUBELET:
            await node.restart(service)
    say("[worker] Successfully restarted Worker Plane..")
    if ca:
        say("Restarting network, ingress, and metrics pods")


async def _hand_out(cluster: Cluster, name: str, found: str) -> None:
    """From the first host of etcd that has the snapshot to the others, then compared."""
    say("[etcd] etcd snapshot configuration found and no s3 backup configuration found, will use local as source")
    place, server = f"{FOLDER}/{name}.zip", None
    for node in cluster.on("etcd"):
        say(f"[etcd] starting backup server on host [{node.address}]")
        if await node.read(place):
            server = node
            break
        say(f"failed to start backup server on host [{node.address}]: snapshot does not exist", "warning")
    if server is None:
        give_up("failed to start backup server on all etcd nodes: [snapshot does not exist]")
    for node in cluster.on("etcd"):
        if node is not server:
            say(f"[etcd] Get snapshot [{name}] on host [{node.address}]")
            await node.write(place, found)
    say("[etcd] Checking if all snapshots are identical")
    for node in cluster.on("etcd"):
        checksum = hashlib.sha256((await node.read(place)).encode()).hexdigest()
        say(f"[etcd] Checksum of etcd snapshot on host [{node.address}] is [{checksum}]")


async def _wipe(cluster: Cluster) -> None:
    say("[worker] Tearing down Worker Plane..")
    for node in cluster.nodes:
        await node.remove(KUBELET)
    say("[worker] Successfully tore down Worker Plane..")
    say("[controlplane] Tearing down the Controller Plane..")
    for node in cluster.on("controlplane"):
        await node.remove(CONTROL)
    say("[controlplane] Successfully tore down Controller Plane..")
    say("[etcd] Tearing down etcd plane..")
    for node in cluster.on("etcd"):
        await node.remove(("etcd",))
    say("[etcd] Successfully tore down etcd plane..")
    for node in cluster.nodes:
        await node.clean()
