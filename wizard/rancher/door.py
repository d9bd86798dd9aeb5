"""A server that answers for the cluster, and a way through it for programs on this machine."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wizard.errors import HostError, StepFailed
from wizard.files import write_private
from wizard.hosts.host import Host
from wizard.kube import Kube
from wizard.rollout.step import Hosts, Work
from wizard.spec.models import Spec

API_PORT = 6443
READY_S = 15.0


async def open_door(spec: Spec, hosts: Hosts) -> tuple[Host | None, str]:
    """Return the first server whose API says that it is ready, else None and what the last one said."""
    doubt = ""
    for server in spec.servers:
        host = hosts(server.name)
        try:
            await Kube(host).text("get", "--raw", "/readyz", timeout_s=READY_S)
        except HostError as error:
            doubt = error.message
        else:
            return host, ""
    return None, doubt


async def door(work: Work, spec: Spec) -> Host:
    """Return a server that answers for the cluster; one that is down is passed over. Raises StepFailed for none."""
    server, doubt = await open_door(spec, work.at)
    if server is None:
        raise StepFailed(
            work.node,
            f"no server's API is ready; {doubt}",
            cause="RKE2 is down on all servers, or etcd has no majority.",
            hint="Bring the cluster up first: rancher-wizard apply; then retry.",
        )
    return server


@asynccontextmanager
async def access(server: Host, state: Path) -> AsyncIterator[Path]:
    """Yield a folder (0700, gone afterwards) with a `kubeconfig` that leads through the server's connection.

    The tunnel fences: when the connection drops or the engine is killed, whatever used it reaches the cluster no more.
    Raises what Host.tunnel and kubectl raise.
    """
    folder = state / "helm"
    # One name, under the cluster's lock: what a killed engine left is not kept.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        lines = await Kube(server).text("config", "view", "--raw", "--minify", "-o", "json")
        async with server.tunnel(API_PORT) as port:
            config = json.loads("\n".join(lines))
            for each in config["clusters"]:
                each["cluster"]["server"] = f"https://127.0.0.1:{port}"
            write_private(folder / "kubeconfig", json.dumps(config).encode())
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
