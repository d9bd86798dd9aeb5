"""Why Rancher does not come up, by what helm and pods said."""

import re
from collections.abc import Iterable
from functools import cache

from wizard.errors import StepFailed
from wizard.profiles import profile

OTHERWISE = "Read what it said in the log, mend that, then retry: it goes on where it is."


def failure(node: str, saw: str, said: Iterable[str], *, otherwise: str = "") -> StepFailed:
    """Take what was seen and the lines behind it; return the failure with its cause and the next move.

    `otherwise` is the likely cause where nobody knows what was said.
    """
    lines = list(said)
    for pattern, cause, next_move in _known():
        for line in lines:
            if pattern.search(line):
                return StepFailed(node, f"{saw}: {line.strip()[:300]}", cause=cause, hint=next_move)
    last = next((line for line in reversed(lines) if line.strip()), "")
    return StepFailed(node, f"{saw}: {last.strip()[:300]}" if last else saw, cause=otherwise, hint=OTHERWISE)


@cache
def _known() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((re.compile(row["match"]), row["cause"], row["next_move"]) for row in profile("rancher/failures"))
