"""Nodes as rke speaks of them: three servers that are etcd and control plane, four workers."""

from wizard.distros.rke1.reading import Member, Reading

SERVERS = ("cp-1", "cp-2", "cp-3")
WORKERS = ("w-1", "w-2", "w-3", "w-4")
ADDRESSES = {name: f"10.0.0.{number}" for number, name in enumerate((*SERVERS, *WORKERS), 11)}


def member(name: str) -> Member:
    """Return a node by its name."""
    phases = {"start", "worker"} | ({"etcd", "controlplane"} if name in SERVERS else set())
    phases |= {"addons"} if name == SERVERS[0] else set()
    return Member(name, frozenset({name, ADDRESSES[name]}), frozenset(phases))


def reading() -> Reading:
    """Return a reading of all nodes that has heard nothing yet."""
    return Reading(member(name) for name in (*SERVERS, *WORKERS))


def said(message: str, level: str = "info") -> str:
    """Return a line as rke writes it to a file."""
    escaped = message.replace("\\", "\\\\").replace('"', '\\"')
    return f'time="2026-07-11T05:52:00Z" level={level} msg="{escaped}"'
