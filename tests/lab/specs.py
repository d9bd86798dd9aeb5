"""The cluster.yaml of a lab: its nodes, how to log in, and the stand-in release as source."""

from typing import TYPE_CHECKING, Any

from tests.lab import network

if TYPE_CHECKING:
    from tests.lab.lab import Lab

VERSION = "v1.34.2+rke2r1"
ZONES = "abc"


def cluster(lab: "Lab", servers: int, agents: int, **changes: Any) -> dict[str, Any]:
    """Return the spec of the first `servers` + `agents` nodes; `changes` replace top-level fields, None drops one."""
    roles = ["server"] * servers + ["agent"] * agents
    spec = {
        "apiVersion": "rancher-wizard/v1",
        "name": "lab",
        "distribution": "rke2",
        "version": VERSION,
        "nodes": [node(f"n{k}", role) for k, role in enumerate(roles, start=1)],
        "ssh": login(lab),
        "registration": {"address": network.address("n1")},
        "source": {"kind": "folder", "path": str(lab.release)},
    }
    return {field: value for field, value in (spec | changes).items() if value is not None}


def node(name: str, role: str, **more: Any) -> dict[str, Any]:
    """Return a node's entry."""
    zone = ZONES[int(name.removeprefix("n")) % len(ZONES) - 1]
    return {"name": name, "address": network.address(name), "role": role, "zone": zone} | more


def login(lab: "Lab", user: str = "root", **more: Any) -> dict[str, Any]:
    """Return the `ssh` part: the lab's key and known hosts, nothing of the operator's own."""
    own = {"user": user, "key": str(lab.key), "known_hosts": str(lab.known_hosts), "agent": False, "config": "none"}
    return own | more
