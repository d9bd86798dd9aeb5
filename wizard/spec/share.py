"""Shares of a crowd of nodes: a count, or a percentage of it."""

import re

from wizard.spec.fault import fault
from wizard.spec.problem import quoted

_PERCENT = re.compile(r"(0|[1-9][0-9]{0,2})%")
COUNT_LIMIT = 100_000


def share(value: str | int, of: int) -> int:
    """Take a count or `N%` and the size of the whole; return how many nodes that is, from 0 to `of`.

    Percentages round up: 10 % of 4 nodes is 1, for rounding down would be none at all.
    """
    if isinstance(value, int):
        return min(value, of)
    # In integers: 0.07 * 100 is 7.000000000000001 in floats, and would round up to 8.
    return min(-(-int(value.rstrip("%")) * of // 100), of)


def share_text(value: object) -> str | int:
    """Take what the spec holds; return it when it is a count or a percentage, or raise a fault."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_LIMIT:
        return value
    if isinstance(value, str) and _PERCENT.fullmatch(value) and int(value[:-1]) <= 100:
        return value
    raise fault(f"{quoted(value)} is not a share", "a count such as 3, or a percentage from 0% to 100%")


def share_above_zero(value: object) -> str | int:
    """As `share_text`, but nothing is no share."""
    checked = share_text(value)
    if checked in (0, "0%"):
        raise fault(f"{quoted(checked)} would never begin", "at least 1, or 1%")
    return checked
