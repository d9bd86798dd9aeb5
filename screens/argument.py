"""A recommendation in rows: what to build, what it takes, what speaks for it, what changed, what is refused."""

from collections.abc import Iterator, Sequence

from screens.widgets.signed import Row
from wizard.design.amount import count, memory
from wizard.design.pool import Pool
from wizard.design.recommend import Ranked, Recommendation
from wizard.design.refusal import Refusal

BLANK: Row = ("", "", "")


def chosen(recommendation: Recommendation, design: str | None) -> Ranked:
    """Return the design that the operator picked, or else the one that is ranked first."""
    return recommendation.of(design) if design else recommendation.ranked[0]


def broken(recommendation: Recommendation, one: Ranked) -> list[Refusal]:
    """Return the hard rules that keep `one` from being built, each once."""
    refusals = [*one.refused, *(refusal for refusal in recommendation.refusals if refusal.stops)]
    return list({refusal.rule: refusal for refusal in refusals}.values())


def outline(recommendation: Recommendation, design: str | None, *, changed: Sequence[str], by: str) -> list[Row]:
    """Return the recommendation as it stands beside the questions; `changed` is what the answer `by` has moved."""
    one = chosen(recommendation, design)
    rows: list[Row] = [(">", f"{one.design.title}{' (your choice)' if design else ''}: {one.design.summary}", "strong")]
    rows += [_shortly("Refused", refusal, "bad") for refusal in broken(recommendation, one)]
    rows += [_shortly("Ruled out", refusal, "warn") for refusal in recommendation.refusals if not refusal.stops]
    rows += [("*", f"changed by {by}: {text}" if first else text, "mark") for first, text in _firsts(changed)]
    rows += [("", hardware(pool), "") for pool in one.sizing.pools]
    rows.append(BLANK)
    rows += _list("+", "survives ", one.survives, "good") + _list("-", "does not survive ", one.loses, "warn")
    rows += _list("+", "", one.reasons_for, "good") + _list("-", "", one.reasons_against, "warn")
    rows += _list("i", "", recommendation.notes, "muted")
    return rows


def detail(recommendation: Recommendation, one: Ranked) -> Iterator[tuple[str, list[Row]]]:
    """Yield all that there is to say of a design, as headings with their rows."""
    if refused := broken(recommendation, one):
        yield "Refused", [("!", f"{refusal.rule}: {refusal}", "bad") for refusal in refused]
    if ruled_out := [refusal for refusal in recommendation.refusals if not refusal.stops]:
        yield "Ruled out by your answers", [("!", f"{refusal.rule}: {refusal}", "warn") for refusal in ruled_out]
    if one.ranked_lower_because:
        yield "Why it is not the first", [("", one.ranked_lower_because, "")]
    yield "For it, from your answers", _list("+", "", one.reasons_for, "good") or [_NOTHING]
    yield "Against it, from your answers", _list("-", "", one.reasons_against, "warn") or [_NOTHING]
    yield "Survives", _list("+", "", one.survives, "good") or [_NOTHING]
    yield "Does not survive", _list("-", "", one.loses, "warn") or [_NOTHING]
    yield "Machines", [row for pool in one.sizing.pools for row in _pool(pool)]
    yield "In general", _list("+", "", one.design.pros, "good") + _list("-", "", one.design.cons, "warn")
    yield (
        "How it was reckoned",
        [
            ("=", f"{line.what}: {line.arithmetic} = {line.result}  [{line.source}]", "muted")
            for line in one.sizing.lines
        ],
    )
    yield "Taken from", [("", one.design.source, "")]


_NOTHING: Row = ("", "nothing", "muted")


def hardware(pool: Pool) -> str:
    """Return what machines of a pool are, in one line."""
    data = f" + {pool.data_gib} GiB for data" if pool.data_gib else ""
    size = f"{count(pool.cpus, 'core')}, {memory(pool.memory_mib)} memory, {pool.disk_gib} GiB disk{data}"
    return f"{count(pool.count, pool.role)}{' with GPU' if pool.gpu else ''}: {size}"


def _pool(pool: Pool) -> list[Row]:
    extras = [f"label {label}" for label in pool.labels] + [f"taint {taint}" for taint in pool.taints]
    return [("", hardware(pool), "strong"), ("", ". ".join(filter(None, [pool.why, *extras])), "")]


def _firsts(texts: Sequence[str]) -> list[tuple[bool, str]]:
    return [(place == 0, text) for place, text in enumerate(texts)]


def _shortly(word: str, refusal: Refusal, ink: str) -> Row:
    return "!", f"{word} ({refusal.rule}): {refusal.what} Instead: {refusal.instead}", ink


def _list(sign: str, lead: str, texts: Sequence[str], ink: str) -> list[Row]:
    return [(sign, f"{lead}{text}", ink) for text in texts]
