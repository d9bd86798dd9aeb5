"""Checks of a spec: how its nodes are looked at, and what is said of them."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path

from wizard.bundle.packages.onto_node import packages_in
from wizard.checks.check import Check, machines, of_machine
from wizard.checks.finding import Finding
from wizard.checks.here import prove_here
from wizard.checks.keep import kept_waivers
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments, front_fragments
from wizard.checks.matrix import EVERY_NODE, Event, Judged, Linked, Matrix
from wizard.checks.network.proof import Proof
from wizard.checks.run import Preflight, prove
from wizard.checks.subject.login import why_not
from wizard.distros.known import DISTRIBUTIONS
from wizard.distros.rke2.release import ARCHES, release_of
from wizard.distros.rke2.room import UNPACKED_TIMES
from wizard.errors import Busy, Refused
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.hosts.script import Script
from wizard.hosts.target import Credentials
from wizard.hosts.wire import Wire
from wizard.rollout.lock import holder, respect_others
from wizard.rollout.step import Extra, Survey
from wizard.site import state_path, targets
from wizard.spec.models import Spec


def extra(spec: Spec, base: Path) -> Extra:
    """Return what checks want to be looked at on a node; `base` is the folder of the spec."""
    room, carried = _images_mib(spec, base), packages_in(spec.source, base)

    def of(node: str) -> Sequence[Script]:
        if any(machine.name == node for machine in spec.front):
            return front_fragments(spec, carried=carried)
        return fragments(spec, spec.node(node), images_mib=room, carried=carried)

    return of


@contextlib.asynccontextmanager
async def open_preflight(
    spec: Spec,
    base: Path,
    credentials: Credentials,
    checks: Sequence[Check],
    *,
    emit: Callable[[Event], None],
    bandwidth: bool = False,
) -> AsyncIterator[Preflight]:
    """Open the way to the nodes of a spec, for checks that tell `emit` what they find; nothing is kept or changed.

    With `bandwidth`, the network proof measures that too, which takes all that the ways carry for some seconds.
    """
    wire = Wire(targets(spec, base).values(), credentials=credentials, at_once=spec.ssh.at_once)

    async def undisturbed() -> None:
        state = state_path(spec.name)
        if held := holder(state):
            raise Busy(f"a rollout of {spec.name} is under way: {held}", hint="Check again when it has ended.")
        await respect_others(wire.host(spec.first_server.name), state)

    more, front = extra(spec, base), {machine.name for machine in spec.front}
    look_at_node = DISTRIBUTIONS[spec.distribution].prober(spec, more)

    async def look(host: Host) -> Facts:
        return await (probe(host, extra=more(host.name)) if host.name in front else look_at_node(host))

    try:
        yield Preflight(
            spec,
            checks,
            hosts=wire.host,
            look=look,
            emit=emit,
            base=base,
            bandwidth=bandwidth,
            undisturbed=undisturbed,
        )
    finally:
        await wire.close()


def judge(spec: Spec, survey: Survey, *, forced: Mapping[str, str] | None = None, more: Sequence[Check] = ()) -> Matrix:
    """Return what all checks say of nodes that have been looked at with `extra`.

    `forced` names checks that shall not count, each with the reason; `more` are checks that are proven later. Raises
    WizardError for one that is unknown.
    """
    matrix = blank(spec, (*CHECKS, *more), forced or {})
    nodes = set(matrix.nodes)
    facts = {name: known for name, known in survey.facts.items() if name in nodes}
    for check in CHECKS:
        for node, finding in check.judge(spec, facts).items():
            matrix.apply(Judged(node, (finding,)))
    for node, error in survey.failures.items():
        if node in nodes:
            matrix.apply(Judged(node, tuple(why_not(error, of_machine(spec, node, CHECKS)))))
    return matrix


async def prove_network(
    matrix: Matrix, spec: Spec, survey: Survey, hosts: Callable[[str], Host], nodes: Iterable[str]
) -> None:
    """Let nodes that were looked at ask each other, all pairs that one of `nodes` is in, and put it into `matrix`."""
    proof = Proof(spec, hosts)
    for node, findings in (await prove(proof, among=survey.facts, about=set(nodes))).items():
        matrix.apply(Judged(node, findings))
    matrix.apply(Linked(proof.links))


async def prove_from_here(matrix: Matrix, spec: Spec, base: Path) -> None:
    """Find out what this machine itself can tell, and put it into `matrix`; `base` is the folder of the spec."""
    for node, findings in (await prove_here(spec, base)).items():
        matrix.apply(Judged(node, findings))


def blank(spec: Spec, checks: Sequence[Check], forced: Mapping[str, str]) -> Matrix:
    """Return a matrix without findings yet, in which the `forced` checks (id → reason) will not count.

    Nor does what was waived on this cluster before.
    """
    there = tuple(each for each in checks if each.about != "balancers" or spec.front)
    matrix = Matrix(machines(spec), there)
    matrix.waivers = kept_waivers(state_path(spec.name))
    for check, reason in forced.items():
        matrix.force(check, EVERY_NODE, reason)
    return matrix


def stopping(matrix: Matrix, nodes: Iterable[str]) -> list[tuple[str, Finding]]:
    """Return the failed musts of `nodes` that keep a rollout from starting.

    What can't be reached or logged in to is left to the rollout, which waits for it; not so where every node refuses
    us: nothing at all could be done then.
    """
    wanted = set(nodes)
    stops = [(node, each) for node, each in matrix.stops() if node in wanted]
    refusing = {node for node, each in stops if each.check.startswith("login.") and each.check != "login.reach"}
    nowhere = bool(wanted) and refusing == wanted
    return [(node, each) for node, each in stops if nowhere or not each.check.startswith("login.")]


def refuse(matrix: Matrix, nodes: Iterable[str]) -> None:
    """Raise Refused when a must keeps a rollout of `nodes` from starting."""
    stops = stopping(matrix, nodes)
    if not stops:
        return
    lines = [f"{node}: {each.check} must hold: {each.saw}" for node, each in stops[:10]]
    rest = len(stops) - len(lines)
    raise Refused(
        "\n".join([*lines, f"and {rest} more"] if rest else lines),
        hint="Mend it, or say why it shall not count: --force-check ID --reason TEXT. Nothing was changed.",
    )


def _images_mib(spec: Spec, base: Path) -> int | None:
    """The room that the images of the release take once unpacked; None when they are not at hand here."""
    release = release_of(spec.source, base, spec.version) if spec.distribution == "rke2" else None
    if release is None:
        return None
    sizes = [sum(release.images(arch, "server").values()) for arch in ARCHES.values()]
    return (max(sizes, default=0) * UNPACKED_TIMES) >> 20
