"""A recommendation as lines for a terminal that shows text only."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from wizard.design.amount import count, memory
from wizard.design.answers import Answers
from wizard.design.design import Design
from wizard.design.pool import Pool
from wizard.design.recommend import Ranked, Recommendation
from wizard.design.refusal import Refusal

WIDTH = 80


def brief(recommendation: Recommendation) -> tuple[str, ...]:
    """Return the recommendation in a few lines: what is refused, or the first design and its machines."""
    blocking = tuple(refusal for refusal in recommendation.refusals if refusal.stops)
    first = recommendation.ranked[0]
    refused = blocking or first.refused
    if refused:
        return tuple(f"Refused: {refusal.what} Instead: {refusal.instead}" for refusal in refused)
    return (f"{first.design.title}: {first.design.summary}", *pool_lines(first))


def pool_lines(one: Ranked) -> tuple[str, ...]:
    """Return the machines of a design, a line a pool, and their sum."""
    sizing = one.sizing
    lines = [_pool_line(pool) for pool in sizing.pools]
    if sizing.clusters > 1:
        lines.append(f"all of that {sizing.clusters} times, once in each data centre")
    total = f"{count(sizing.machines, 'machine')}, {count(sizing.cpus, 'core')}, {memory(sizing.memory_mib)} in all"
    return (*lines, total)


def recommendation_lines(recommendation: Recommendation, answers: Answers) -> Iterator[str]:
    """Yield all there is to say about a recommendation, in the order in which an operator asks for it."""
    first = recommendation.ranked[0]
    yield from _block("Refused", (_refusal(one) for one in recommendation.refusals))
    if recommendation.best is None:
        yield "Nothing can be built with these answers; what comes nearest follows."
    yield from textwrap.wrap(f"{_titled(first)}: {first.design.summary}", WIDTH)
    yield ""
    yield from first.diagram.splitlines()
    yield ""
    yield from _design_lines(first)
    yield from _block("How it was reckoned", _arithmetic(recommendation, first))
    yield from _block("See to", recommendation.notes)
    others = enumerate(recommendation.ranked[1:], 2)
    yield from _block(
        "Other designs", (f"{place}. {_titled(one)}: {one.ranked_lower_because}" for place, one in others)
    )
    yield from _block("Assumed", (f"{one.question} {one.assumed}" for one in answers.assumptions()))


def _titled(one: Ranked) -> str:
    """Return a design's title and the key that `new --design` takes."""
    return f"{one.design.title} ({one.design.key})"


def _design_lines(one: Ranked) -> Iterator[str]:
    yield from _block("Machines", pool_lines(one))
    yield from _block("Refused for this design", (_refusal(refusal) for refusal in one.refused))
    yield from _block("For it", one.reasons_for, "+")
    yield from _block("Against it", one.reasons_against, "-")
    yield from _block("Survives", one.survives, "+")
    yield from _block("Does not survive", one.loses, "-")
    yield from _block("This design in general", _known(one.design))


def _known(design: Design) -> Iterator[str]:
    yield from (f"for: {text}" for text in design.pros)
    yield from (f"against: {text}" for text in design.cons)
    yield f"source: {design.source}"
    if design.successor:
        yield f"To take instead: {design.successor}"


def _pool_line(pool: Pool) -> str:
    parts = [f"{count(pool.cpus, 'core')}, {memory(pool.memory_mib)}, {pool.disk_gib} GiB disk"]
    if pool.data_gib:
        parts.append(f"{pool.data_gib:,} GiB for data on a disk of its own")
    parts += [f"label {key}={value}" for key, value in pool.labels.items()]
    parts += [f"taint {taint}" for taint in pool.taints]
    parts += [pool.why] if pool.why else []
    return f"{pool.count:,} × {pool.role} ({pool.runs}): {'; '.join(parts)}"


def _refusal(refusal: Refusal) -> str:
    return f"[{refusal.rule}] {refusal}"


def _arithmetic(recommendation: Recommendation, one: Ranked) -> Iterator[str]:
    for line in (*one.sizing.lines, *recommendation.addresses.lines):
        yield f"{line.what}: {line.arithmetic} → {line.result} [{line.source}]"


def _block(title: str, texts: Iterable[str], sign: str = " ") -> Sequence[str]:
    """Return a titled list, each text folded under its sign; nothing where there are no texts."""
    folded = [
        line
        for text in texts
        for line in textwrap.wrap(text, WIDTH, initial_indent=f"  {sign} ", subsequent_indent="    ")
    ]
    return [title, *folded, ""] if folded else []
