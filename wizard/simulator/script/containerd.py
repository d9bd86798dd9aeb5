"""RKE2's containerd on a simulated host, as far as the wizard brings it images: what archives name is there."""

import io
import json
import tarfile
from collections.abc import Iterator
from fnmatch import fnmatchcase

from wizard.simulator.call import Call
from wizard.simulator.cluster import DATA
from wizard.simulator.node import Node

FOLDER = f"{DATA}/agent/images/"
HELD = f"{DATA}/agent/containerd/image/"
"""Where a simulated containerd notes the digest of what it has, by name."""
BEGIN = "rancher-wizard-"


def facts(node: Node) -> Iterator[str]:
    """Yield the lines of look_archives."""
    for path, file in node.files.items():
        if path.startswith(FOLDER + BEGIN):
            yield f"x.rke2.archive={len(file.data)} {path.removeprefix(FOLDER)}"
        elif path.startswith(HELD):
            yield f"x.rke2.held={path.removeprefix(HELD)}"


async def look_archives(call: Call) -> int:
    """look_archives, on its own."""
    for line in facts(call.node):
        call.say(line)
    return 0


async def held_images(call: Call) -> int:
    """held_images NAME..."""
    for name in call.args:
        if file := call.node.files.get(HELD + name):
            call.say(f"image={name} {file.data.decode()}")
    return 0


async def import_images(call: Call) -> int:
    """import_images ARCHIVE NAME...: what its index.json names is there then."""
    with tarfile.open(fileobj=io.BytesIO(call.node.files[call.arg(0)].data)) as tar:
        index = json.load(tar.extractfile("index.json") or io.BytesIO())
    for row in index["manifests"]:
        name = row["annotations"]["io.containerd.image.name"]
        call.node.write(HELD + name, row["digest"].encode(), mode=0o600, at=call.site.clock.now())
        call.say(f"imported {name}")
    return 0


async def tidy_images(call: Call) -> int:
    """tidy_images FOLDER PATTERN KEPT..."""
    pattern, *kept = call.args[1:]
    names = [path.removeprefix(FOLDER) for path in call.node.files if path.startswith(FOLDER)]
    for name in names:
        if fnmatchcase(name, pattern) and not any(fnmatchcase(name, each) for each in kept):
            del call.node.files[FOLDER + name]
            call.say(f"removed {name}")
    return 0


HANDLERS = {
    "held_images": held_images,
    "import_images": import_images,
    "look_archives": look_archives,
    "tidy_images": tidy_images,
}
