"""A way through a node to the cluster's API, for programs on this machine."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wizard.files import write_private
from wizard.kube.door import Door
from wizard.kube.here import API_PORT


@asynccontextmanager
async def access(door: Door, state: Path) -> AsyncIterator[Path]:
    """Yield a folder (0700, gone afterwards) with a `kubeconfig` that leads through the node's connection.

    The tunnel fences: when the connection drops or the engine is killed, whatever used it reaches the cluster no more.
    Raises what Host.tunnel and kubectl raise.
    """
    folder = state / "helm"
    # One name, under the cluster's lock: what a killed engine left is not kept.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        lines = await door.kube.text("config", "view", "--raw", "--minify", "-o", "json")
        async with door.host.tunnel(API_PORT) as port:
            config = json.loads("\n".join(lines))
            for each in config["clusters"]:
                each["cluster"]["server"] = f"https://127.0.0.1:{port}"
            write_private(folder / "kubeconfig", json.dumps(config).encode())
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
