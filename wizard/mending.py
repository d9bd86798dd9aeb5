"""Findings that the wizard can mend itself: what is offered, shown, done on consent, recorded and taken back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wizard.bundle.packages.onto_node import Lot, lot
from wizard.checks.matrix import Matrix
from wizard.distros.known import DISTRIBUTIONS
from wizard.errors import BadUsage, HostError
from wizard.hosts.facts import Facts
from wizard.hosts.host import Host
from wizard.mend import record, wanted
from wizard.mend.mend import MENDS, Doing, Mend, carry_out, look, take_back
from wizard.spec.models import Spec

AT_ONCE = 16
SYSCTL_PATH = "/etc/sysctl.d/91-rancher-wizard.conf"
T = TypeVar("T")
Hosts = Callable[[str], Host]


@dataclass(frozen=True, slots=True)
class Offer:
    """A mend that answers findings of one node; `checks` are their ids, `args` what the mend is given there.

    `packages` are sent before, where the source of the spec has those that it installs.
    """

    node: str
    mend: Mend
    checks: tuple[str, ...]
    args: tuple[str, ...]
    packages: Lot | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one mend on one node; `failed` is the reason when it was not brought about."""

    node: str
    mend: Mend
    doing: Doing
    failed: str = ""
    next_move: str = ""


def offers(spec: Spec, matrix: Matrix, facts: Mapping[str, Facts], *, base: Path) -> tuple[Offer, ...]:
    """Return what can be mended, by node in the spec's order; nothing for nodes without facts.

    `base` is the folder of the spec. Raises Refused, WizardError for a bundle that is not trusted or can't be read.
    """
    nodes = [node for node in matrix.nodes if node in facts]
    return tuple(offer for node in nodes for offer in _of_node(spec, matrix, node, facts[node], base))


def _of_node(spec: Spec, matrix: Matrix, node: str, facts: Facts, base: Path) -> Iterator[Offer]:
    by_mend: dict[str, list[str]] = {}
    for _, finding in matrix.open(node):
        if finding.fix:
            by_mend.setdefault(finding.fix, []).append(finding.check)
    for name, checks in by_mend.items():
        args = _arguments(spec, node, facts, name, checks)
        if args is not None:
            packages = lot(spec.source, base, facts, MENDS[name].installs(args), called=name)
            yield Offer(node, MENDS[name], tuple(checks), (*(packages.words if packages else ()), *args), packages)


def _arguments(spec: Spec, node: str, facts: Facts, name: str, checks: Sequence[str]) -> tuple[str, ...] | None:
    """What a mend is given; None where there is no answer to these checks on such a host."""
    if name == "packages":
        return wanted.packages(checks, facts) or None
    if name == "sysctls":
        found = wanted.settings(checks, facts)
        return (SYSCTL_PATH, *found) if found else None
    return DISTRIBUTIONS[spec.distribution].mends(spec, spec.node(node)).get(name)


def chosen(found: Sequence[Offer], *, mends: Iterable[str], nodes: Iterable[str]) -> tuple[Offer, ...]:
    """Return the offers of the mends and nodes named; no name of a kind stands for all.

    Raises BadUsage for a mend that there is not, and for a node that nothing is offered for.
    """
    wanted, there = set(mends), {offer.node for offer in found}
    if unknown := sorted(wanted - set(MENDS)):
        raise BadUsage(f"there is no fix {unknown[0]!r}", hint=f"Those that there are: {', '.join(MENDS)}.")
    at = set(nodes)
    if strangers := sorted(at - there):
        raise BadUsage(f"nothing can be mended on {strangers[0]}", hint=f"Offered for: {', '.join(sorted(there))}.")
    return tuple(offer for offer in found if (not wanted or offer.mend.id in wanted) and (not at or offer.node in at))


async def preview(chosen: Iterable[Offer], hosts: Hosts) -> tuple[Outcome, ...]:
    """Return what each offer would do, asked of the nodes themselves; nothing is changed."""

    async def one(offer: Offer) -> Outcome:
        return await _told(offer.node, offer.mend, look(hosts(offer.node), offer.mend, offer.args))

    return await _by_node([(offer.node, offer) for offer in chosen], one)


async def mend(chosen: Iterable[Offer], hosts: Hosts, state: Path) -> tuple[Outcome, ...]:
    """Carry the offers out, one after the other on each node, recorded in `state` before and after."""

    async def one(offer: Offer) -> Outcome:
        await asyncio.to_thread(record.note, state, offer.node, offer.mend.id, "begun")
        return await _recorded(state, offer.node, offer.mend, _with_packages(offer, hosts(offer.node)), done="done")

    return await _by_node([(offer.node, offer) for offer in chosen], one)


def standing(state: Path, *, nodes: Iterable[str] = ()) -> tuple[tuple[str, Mend], ...]:
    """Return what can be taken back, node and mend, the latest first; no name of a node stands for all."""
    at = set(nodes)
    return tuple(
        (node, MENDS[name]) for node, name in record.standing(state) if name in MENDS and (not at or node in at)
    )


async def undo(chosen: Iterable[tuple[str, Mend]], hosts: Hosts, state: Path) -> tuple[Outcome, ...]:
    """Take mends back, in the order given on each node, recorded in `state`."""

    async def one(mended: tuple[str, Mend]) -> Outcome:
        node, what = mended
        return await _recorded(state, node, what, take_back(hosts(node), what), done="undone")

    return await _by_node([(mended[0], mended) for mended in chosen], one)


async def _with_packages(offer: Offer, host: Host) -> Doing:
    if offer.packages:
        await offer.packages.send(host, told=lambda text: None)
    return await carry_out(host, offer.mend, offer.args)


async def _recorded(state: Path, node: str, what: Mend, doing: Awaitable[Doing], *, done: record.Verb) -> Outcome:
    outcome = await _told(node, what, doing)
    verb: record.Verb = "failed" if outcome.failed else done
    await asyncio.to_thread(record.note, state, node, what.id, verb, outcome.doing, outcome.failed)
    return outcome


async def _told(node: str, what: Mend, doing: Awaitable[Doing]) -> Outcome:
    try:
        return Outcome(node, what, await doing)
    except HostError as error:
        return Outcome(node, what, Doing(), failed=error.what, next_move=error.hint)


async def _by_node(work: Iterable[tuple[str, T]], one: Callable[[T], Awaitable[Outcome]]) -> tuple[Outcome, ...]:
    """Nodes at the same time, what is for one node in order; the outcomes in the order of `work`."""
    lots: dict[str, list[tuple[int, T]]] = {}
    for place, (node, item) in enumerate(work):
        lots.setdefault(node, []).append((place, item))
    found: dict[int, Outcome] = {}
    slots = asyncio.Semaphore(AT_ONCE)

    async def lot(mine: list[tuple[int, T]]) -> None:
        async with slots:
            for place, item in mine:
                found[place] = await one(item)

    async with asyncio.TaskGroup() as group:
        for mine in lots.values():
            group.create_task(lot(mine))
    return tuple(found[place] for place in sorted(found))
