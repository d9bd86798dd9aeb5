"""Comparing nodes: what each must have for itself, and who has the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from wizard.checks.finding import Said, fail, ok
from wizard.checks.seen import listed
from wizard.hosts.facts import Facts


def unlike(
    facts: Mapping[str, Facts], own: Callable[[Facts], Iterable[str]], *, what: str, wanted: str, move: str
) -> dict[str, Said]:
    """Judge each node by whether another one has any of its `own` values too."""
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for name, each in facts.items():
        for value in dict.fromkeys(own(each)):
            holders[value].append(name)
    twins: defaultdict[str, dict[str, None]] = defaultdict(dict)
    shown: dict[str, str] = {}
    for value, names in holders.items():
        for name in names if len(names) > 1 else ():
            twins[name].update(dict.fromkeys(other for other in names if other != name))
            shown.setdefault(name, value)
    return {
        name: fail(f"{what} as {listed(twins[name])}: {shown[name][:80]}", wanted=wanted, next_move=move)
        if name in twins
        else ok("its own")
        for name in facts
    }
