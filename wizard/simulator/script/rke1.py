"""Scripts of RKE1 on a simulated host: Docker is there, and rke, which runs on the jump host, has not been."""

import json
from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.node import Node

DOCKER = "27.5.1"
INSTALL_S = 20
IMAGES = "/var/lib/docker/image"
"""Where a simulated Docker notes what it has."""


def facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_rke1."""
    yield f"x.rke1.docker={DOCKER}"
    yield from (f"x.rke1.image={path.removeprefix(f'{IMAGES}/')}" for path in node.files if path.startswith(IMAGES))


async def probe_rke1(call: Call) -> int:
    """probe_rke1, on its own."""
    for line in facts(call.node):
        call.say(line)
    return 0


async def docker_package(call: Call) -> int:
    """docker_package NAME apply [--from FOLDER] USER PACKAGE..."""
    await call.site.clock.sleep(INSTALL_S * call.node.hardware.pace)
    call.say("run=systemctl enable --now docker.service")
    return 0


async def saved_snapshot(call: Call) -> int:
    """saved_snapshot PREFIX MAX_AGE_S: rke has saved none."""
    return 0


async def images_there(call: Call) -> int:
    """images_there NAME..."""
    for name in call.args:
        if file := call.node.files.get(f"{IMAGES}/{name}"):
            call.say(f"image={name} {file.data.decode()}")
    return 0


async def load_images(call: Call) -> int:
    """load_images FOLDER: what its manifest.json names is in Docker then, by the layers in each configuration."""
    folder, files = call.arg(0), call.node.files
    for row in json.loads(files[f"{folder}/manifest.json"].data):
        layers = json.loads(files[f"{folder}/{row['Config']}"].data)["rootfs"]["diff_ids"]
        for name in row["RepoTags"]:
            call.node.write(f"{IMAGES}/{name}", " ".join(layers).encode(), mode=0o600, at=call.site.clock.now())
            call.say(f"Loaded image: {name}")
    for path in [path for path in files if path.startswith(f"{folder}/")]:
        del files[path]
    return 0


async def sum_snapshot(call: Call) -> int:
    """sum_snapshot PATH: there is none."""
    call.complain(f"stat: cannot statx '{call.arg(0)}': No such file or directory")
    return 1


async def prune_rke1(call: Call) -> int:
    """prune_rke1 NAME...: there is none to delete."""
    return 0


async def ask_etcd(call: Call) -> int:
    """ask_etcd: no container of that name runs."""
    call.complain("Error response from daemon: No such container: etcd")
    return 1


async def drain_rke1(call: Call) -> int:
    """drain_rke1 NODE TIMEOUT_S [OPTION...]: there is no kubelet to drain by."""
    call.complain("Error response from daemon: No such container: kubelet")
    return 1


async def clean_rke1(call: Call) -> int:
    """clean_rke1 MARKER MARK FILE...: RKE1 has left nothing here but what the wizard wrote."""
    mark = call.node.files.get(call.arg(1))
    if mark and call.arg(0).encode() not in mark.data.splitlines()[0]:
        call.complain(f"not of this cluster ({call.arg(1)})")
        return 3
    call.node.files = {path: file for path, file in call.node.files.items() if path not in call.args[1:]}
    call.say("cleaned" if mark else "nothing-here")
    return 0


async def look_standing_rke1(call: Call) -> int:
    """look_standing_rke1 ROLE: nothing of Kubernetes runs."""
    call.say("unit= 0")
    return 0


HANDLERS = {
    "ask_etcd": ask_etcd,
    "clean_rke1": clean_rke1,
    "docker_package": docker_package,
    "drain_rke1": drain_rke1,
    "images_there": images_there,
    "load_images": load_images,
    "look_standing_rke1": look_standing_rke1,
    "probe_rke1": probe_rke1,
    "prune_rke1": prune_rke1,
    "saved_snapshot": saved_snapshot,
    "sum_snapshot": sum_snapshot,
}
