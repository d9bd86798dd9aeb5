"""The cron syntax that RKE2's snapshot schedule is read by (robfig/cron, standard: five fields or @every)."""

import re

from wizard.spec.fault import fault
from wizard.spec.problem import quoted

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# name, lowest, highest, words for numbers
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_WORDS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every ([0-9]+(\.[0-9]+)?(h|m|s))+")
_PART = re.compile(r"(\*|\?|(?P<low>[0-9]{1,2}|[a-z]{3})(-(?P<high>[0-9]{1,2}|[a-z]{3}))?)(/(?P<step>[0-9]{1,2}))?")


def cron(text: str) -> str:
    """Take a schedule; return it, or raise a fault that names the field that is wrong."""
    if text in _WORDS or _EVERY.fullmatch(text):
        return text
    fields = text.split()
    if len(fields) != len(_FIELDS) or text.startswith("@"):
        raise fault(
            f"{quoted(text)} is not a schedule",
            'minute, hour, day of the month, month, day of the week, as in "0 */12 * * *", or @daily, @every 6h',
        )
    for part, (name, low, high, words) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(one.lower(), low, high, words) for one in part.split(",")):
            names = f" or {words[0]}-{words[-1]}" if words else ""
            raise fault(f"{quoted(part)} is not a {name}", f"{low}-{high}{names}, *, lists with commas, steps with /")
    return text


def _fits(part: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if not match:
        return False
    if match["step"] is not None and not 0 < int(match["step"]) <= high:
        return False
    bounds = [_number(bound, low, words) for bound in (match["low"], match["high"]) if bound is not None]
    inside = all(bound is not None and low <= bound <= high for bound in bounds)
    return inside and (len(bounds) < 2 or (bounds[0] or 0) <= (bounds[1] or 0))


def _number(text: str, low: int, words: tuple[str, ...]) -> int | None:
    if text.isdigit():
        return int(text)
    return low + words.index(text) if text in words else None
