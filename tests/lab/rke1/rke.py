"""A stand-in for `rke`: its log line by line, its files, and Docker on the nodes through SSH, as the real one.

It brings up no Kubernetes. For tests it stops after a line that the pattern in the file `stop_at` of its room matches,
with its process id in the file `stopped`, until `stop_at` says something else.
"""

import asyncio
import sys
from itertools import pairwise
from pathlib import Path

from tests.lab.rke1.cluster import VERSION, Cluster
from tests.lab.rke1.later import restore, rotate, save
from tests.lab.rke1.say import ROOM

KNOWN = (
    "v1.29.14-rancher1-1",
    "v1.30.14-rancher1-1",
    "v1.31.9-rancher1-1",
    "v1.31.14-rancher1-1",
    "v1.32.5-rancher1-1",
)


def main() -> None:
    """Be `rke`."""
    words = sys.argv[1:]
    if words[:1] == ["config"]:
        print("\n".join(KNOWN))
        return
    if "--config" not in words:
        print(
            f"rke version {VERSION}: a stand-in; it knows up, config, cert rotate, etcd snapshot-save|snapshot-restore"
        )
        return
    with (ROOM / "runs").open("a") as runs:
        runs.write(f"{' '.join(words)}\n")
    cluster = Cluster(Path(words[words.index("--config") + 1]))
    name = words[words.index("--name") + 1] if "--name" in words else ""
    match words[:2]:
        case ["up", *_]:
            asyncio.run(cluster.up())
        case ["etcd", "snapshot-save"]:
            asyncio.run(save(cluster, name))
        case ["etcd", "snapshot-restore"]:
            asyncio.run(restore(cluster, name))
        case ["cert", "rotate"]:
            services = [after for word, after in pairwise(words) if word == "--service"]
            asyncio.run(rotate(cluster, services, ca="--rotate-ca" in words))


if __name__ == "__main__":
    main()
