"""What is to be read of a running cluster: what is to be looked at, one node, etcd, and the balancers."""

from collections.abc import Iterator
from datetime import UTC, datetime

from screens.widgets.ink import Span
from wizard.times import clock, duration
from wizard.upkeep.standing import NodeStands, Standing, size


def standing_text(standing: Standing, name: str | None) -> list[Span]:
    """Return the text beside the table, about the node `name` first."""
    return [*_problems(standing, name), *_node(standing, name), *_etcd(standing), *_balancers(standing)]


def _problems(standing: Standing, name: str | None) -> Iterator[Span]:
    """The selected node's first, then all others."""
    found = sorted(standing.problems(), key=lambda each: each[0] != name)
    for node, what in found:
        yield f"{f'{node}: ' if node else ''}{what}", "bad"
    if found:
        yield "", ""


def _node(standing: Standing, name: str | None) -> Iterator[Span]:
    node = standing.nodes.get(name or "")
    if node is None:
        return
    yield f"{node.name}, {node.role}: {standing.state(node.name)}", "strong"
    if node.error:
        before = "what follows was seen before" if node.seen else "nothing was seen of it before"
        yield f"Silent    since {clock(node.silent_since)}; {before}", "warn"
        if node.error.hint:
            yield f"Next      {node.error.hint}", ""
    yield from _seen(node, standing)
    yield "", ""


def _seen(node: NodeStands, standing: Standing) -> Iterator[Span]:
    if node.seen is None:
        return
    seen = node.seen
    since = f" for {duration(standing.at - seen.since)}" if seen.since else ""
    yield f"Seen      {clock(seen.at)}; rke2-{node.role} is {seen.unit or 'not installed'}{since}", ""
    if listed := standing.listed.get(node.name):
        yield f"Runs      {listed.version}{', a voting member of etcd' if listed.voter else ''}", ""
    if etcd := seen.etcd:
        does = "leads" if etcd.leads else "follows"
        yield f"etcd      {etcd.version}, {does}, {size(etcd.db_bytes)}, of it {size(etcd.used_bytes)} in use", ""
    if paper := seen.soonest:
        days = paper.days_left(datetime.fromtimestamp(standing.at, UTC))
        yield f"Certificate {paper.name} ends first: {paper.ends:%Y-%m-%d}, {days} days", ""
    if kept := seen.snapshots:
        yield f"Snapshots {kept.count}; newest {kept.newest}, {size(kept.size_bytes)}", ""


def _etcd(standing: Standing) -> Iterator[Span]:
    told = [each.seen.etcd for each in standing.nodes.values() if each.seen and each.seen.etcd and not each.error]
    if not told:
        return
    yield "etcd", "strong"
    yield f"Members   {', '.join(told[0].members)}", ""
    if told[0].learners:
        yield f"Learners  {', '.join(told[0].learners)}", "warn"
    yield f"Leader    {standing.leader or 'none is seen'}", ""
    yield f"Alarms    {', '.join(told[0].alarms) or 'none'}", "bad" if told[0].alarms else ""
    yield "", ""


def _balancers(standing: Standing) -> Iterator[Span]:
    if standing.balancers is None:
        return
    yield "Balancers", "strong"
    for line in standing.balancers.lines():
        if line:
            yield line, ""
