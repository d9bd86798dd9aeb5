"""How a running cluster stands, for reading and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from wizard.checks.cluster.voters import tells_voters
from wizard.times import duration
from wizard.upkeep.standing import Standing, size


def record(standing: Standing) -> dict[str, Any]:
    """Return all of it for a program."""
    listed = standing.listed
    nodes = []
    for name, node in standing.nodes.items():
        told = asdict(node.seen) if node.seen else {}
        told.pop("listed", None)
        if node.seen and (paper := node.seen.soonest):
            told["soonest"] = {"path": paper.path, "ends": paper.ends.isoformat()}
        nodes.append(
            {
                "name": name,
                "role": node.role,
                "state": standing.state(name),
                "listed": asdict(listed[name]) if name in listed else None,
                "silent_since": node.silent_since or None,
                "error": node.error.what if node.error else None,
                "next_move": node.error.hint if node.error else None,
                "seen": told or None,
            }
        )
    return {
        "cluster": standing.spec.name,
        "at": standing.at,
        "leader": standing.leader or None,
        "nodes": nodes,
        "balancers": standing.balancers.record() if standing.balancers else None,
        "problems": [{"node": node or None, "what": what} for node, what in standing.problems()],
    }


def summary(standing: Standing) -> str:
    """Return the cluster in one line."""
    states = [standing.state(name) for name in standing.nodes]
    seen = [listed for node in standing.spec.etcd_nodes if (listed := standing.listed.get(node.name))]
    voters = sum(each.voter or not tells_voters(each.version) for each in seen)
    problems = len(standing.problems())
    return (
        f"{standing.spec.name}: {states.count('Ready')} of {len(states)} nodes Ready; "
        f"etcd: {voters} of {len(standing.spec.etcd_nodes)} vote, "
        f"{f'{standing.leader} leads' if standing.leader else 'no leader is seen'}; "
        f"{f'{problems} to look at' if problems else 'all is well'}"
    )


def lines(standing: Standing) -> Iterator[str]:
    """Yield the cluster for reading: a line a node, then what is to be looked at."""
    yield summary(standing)
    width = max(map(len, standing.nodes))
    for name, node in standing.nodes.items():
        words = "  ".join(f"{cell:<{room}}" for cell, room in zip(cells(standing, name), WIDTHS, strict=True))
        yield f"{name:<{width}}  {node.role:<6}  {words}".rstrip()
    if standing.balancers:
        yield from (f"balancer: {line}" for line in standing.balancers.lines() if line)
    for name, what in standing.problems():
        yield f"! {f'{name}: ' if name else ''}{what}"
        if (silent := standing.nodes.get(name)) and silent.error and silent.error.hint:
            yield f"  -> {silent.error.hint}"


WIDTHS = (9, 17, 15, 24, 20)
TITLES = ("state", "version", "etcd", "certificate", "snapshot")


def cells(standing: Standing, name: str) -> tuple[str, str, str, str, str]:
    """Return what a table says of a node: state, version, etcd, its certificate that ends first, newest snapshot."""
    found, listed = standing.nodes[name].seen, standing.listed.get(name)
    etcd = paper = kept = ""
    if found and found.etcd:
        etcd = f"{'leads' if found.etcd.leads else 'follows'} {size(found.etcd.db_bytes)}"
    if found and found.soonest:
        days = found.soonest.days_left(datetime.fromtimestamp(standing.at, UTC))
        paper = f"{f'{days} days' if days >= 0 else 'ENDED'} {found.soonest.name}"
    if found and found.snapshots:
        kept = f"{found.snapshots.count}, {duration(standing.at - found.snapshots.at)} ago"
    return standing.state(name), listed.version if listed else "", etcd, paper, kept
