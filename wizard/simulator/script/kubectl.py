"""The cluster's API as a simulated server reaches it: it holds little of what the wizard asks for by kubectl."""

import json
from collections.abc import Iterator

import yaml

from wizard.balancers.ingress.controller import INGRESS
from wizard.simulator.call import Call
from wizard.simulator.node import Node
from wizard.simulator.script.rke2 import REFUSED


async def kubectl(call: Call) -> int:
    """kubectl ARG..."""
    if not call.node.api:
        call.complain(REFUSED)
        return 1
    if call.args[:2] == ("get", "helmchartconfig") and (file := _deployed(call)):
        call.say(json.dumps(yaml.safe_load(file)))
        return 0
    if "--ignore-not-found" in call.args:
        return 0
    call.complain(f"Error from server (NotFound): {' '.join(call.args[1:3])} not found")
    return 1


def _deployed(call: Call) -> bytes:
    """What a server deploys for its ingress controller; nothing where no server has such a file."""
    files = (node.files.get(INGRESS) for node in call.site.nodes.values())
    return next((file.data for file in files if file), b"")


async def probe_metallb(call: Call) -> int:
    """probe_metallb, on its own."""
    return 0


def ingress_facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_ingress."""
    if file := node.files.get(INGRESS):
        yield f"file={file.sha256} {file.mode:o} {file.owner} {int(file.mtime_s)} {INGRESS}"


async def probe_ingress(call: Call) -> int:
    """probe_ingress, on its own."""
    for line in ingress_facts(call.node):
        call.say(line)
    return 0


async def look_metallb(call: Call) -> int:
    """look_metallb, on its own: MetalLB does not stand here."""
    return 0


async def pool_taken(call: Call) -> int:
    """pool_taken ADDRESS...: nobody answers for any."""
    return 0


async def remove_manifests(call: Call) -> int:
    """remove_manifests PATH..."""
    for path in call.args:
        if call.node.files.pop(path, None):
            call.say(f"removed={path}")
    return 0


async def look_rancher(call: Call) -> int:
    """look_rancher, on its own: neither Rancher nor cert-manager stands here."""
    if call.node.api:
        call.say("x.rancher.api=ready")
    return 0


async def ping_rancher(call: Call) -> int:
    """ping_rancher ARG...: nobody answers as Rancher."""
    call.complain("curl: (7) Failed to connect: Connection refused")
    return 7


async def ask_websocket(call: Call) -> int:
    """ask_websocket ARG...: nobody answers as Rancher."""
    return 0


HANDLERS = {
    "remove_manifests": remove_manifests,
    "kubectl": kubectl,
    "probe_metallb": probe_metallb,
    "look_metallb": look_metallb,
    "pool_taken": pool_taken,
    "probe_ingress": probe_ingress,
    "look_rancher": look_rancher,
    "ping_rancher": ping_rancher,
    "ask_websocket": ask_websocket,
}
