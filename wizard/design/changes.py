"""What one more answer changed in the recommendation."""

from collections.abc import Iterator

from wizard.design.amount import count, memory
from wizard.design.design_rules import nodes_survived
from wizard.design.pool import Pool
from wizard.design.recommend import Ranked, Recommendation
from wizard.design.refusal import Refusal


def differences(before: Recommendation, after: Recommendation) -> tuple[str, ...]:
    """Take the recommendation before an answer and after it; return what changed, weightiest first. Empty: nothing."""
    return tuple(_differences(before, after))


def _differences(before: Recommendation, after: Recommendation) -> Iterator[str]:
    old, new = before.ranked[0], after.ranked[0]
    yield from _refusals(before, after)
    if old.design.key != new.design.key:
        yield f"{new.design.title} instead of {old.design.title}"
    yield from _pools(old, new)
    if old.sizing.clusters != new.sizing.clusters:
        yield f"{count(new.sizing.clusters, 'cluster')} instead of {old.sizing.clusters}"
    if old.sizing.data_gib != new.sizing.data_gib:
        yield f"{new.sizing.data_gib:,} GiB for data instead of {old.sizing.data_gib:,}"
    yield from _survived(old, new)
    yield from (f"New: {note}" for note in after.notes if note not in before.notes)


def _refusals(before: Recommendation, after: Recommendation) -> Iterator[str]:
    old = {refusal.rule: refusal for refusal in _standing(before)}
    new = {refusal.rule: refusal for refusal in _standing(after)}
    yield from (f"Refused: {new[rule].what}" for rule in new if rule not in old)
    yield from (f"No longer refused: {old[rule].what}" for rule in old if rule not in new)


def _standing(one: Recommendation) -> tuple[Refusal, ...]:
    return (*one.refusals, *one.ranked[0].refused)


def _survived(old: Ranked, new: Ranked) -> Iterator[str]:
    had, has = (nodes_survived(one.design, one.sizing) for one in (old, new))
    if had != has:
        yield f"{count(has, 'server')} may be lost instead of {had}"
    # What holds a number changes with every count, and the pools above have told of it.
    told = [{text for text in one.survives if not any(map(str.isdigit, text))} for one in (old, new)]
    yield from (f"Now survived: {text}" for text in new.survives if text in told[1] - told[0])
    yield from (f"No longer survived: {text}" for text in old.survives if text in told[0] - told[1])


def _pools(old: Ranked, new: Ranked) -> Iterator[str]:
    had = {_name(pool): pool for pool in old.sizing.pools}
    has = {_name(pool): pool for pool in new.sizing.pools}
    for name, pool in has.items():
        if name not in had:
            yield f"{_machines(pool)} more"
        elif _machines(had[name]) != _machines(pool):
            yield f"{_machines(pool)} instead of {_shape(had[name], pool)}"
    yield from (f"No {name} any more" for name in had if name not in has)


def _name(pool: Pool) -> str:
    return f"GPU {pool.role}" if pool.gpu else pool.role


def _machines(pool: Pool) -> str:
    return f"{pool.named(pool.count)} of {_size(pool)}"


def _shape(old: Pool, new: Pool) -> str:
    """Return what a pool was, without what is still so."""
    if _size(old) == _size(new):
        return str(old.count)
    return _size(old) if old.count == new.count else f"{old.count} of {_size(old)}"


def _size(pool: Pool) -> str:
    return f"{pool.cpus} cores, {memory(pool.memory_mib)}, {pool.disk_gib} GiB disk"
