"""The hours of a day in which work on nodes may begin: `22:00-05:00`, on this machine's clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from wizard.spec.fault import fault
from wizard.spec.problem import quoted

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From one minute of the day to another, which may be that of the next day."""

    begin_min: int
    end_min: int

    @classmethod
    def of(cls, text: str) -> "Hours":
        """Take `HH:MM-HH:MM`; raises ValueError for any other text and for a span of nothing."""
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not HH:MM-HH:MM")
        begin, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
        if begin == end:
            raise ValueError(f"{text!r} begins when it ends")
        return cls(begin, end)

    def opens(self, now: datetime) -> datetime:
        """Return the moment from which work may begin: `now` while it may."""
        minute = now.hour * 60 + now.minute
        if (minute - self.begin_min) % _DAY_MIN < (self.end_min - self.begin_min) % _DAY_MIN:
            return now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        today = midnight + timedelta(minutes=self.begin_min)
        return today if today > now else today + timedelta(days=1)


def hours_text(text: str) -> str:
    """Take the hours of a spec; return them as they are, or raise a fault."""
    try:
        Hours.of(text)
    except ValueError:
        raise fault(f"{quoted(text)} is no span of a day", "HH:MM-HH:MM in 24 hours, such as 22:00-05:00") from None
    return text
