"""Hours of the day in which nodes may be begun."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.spec.hours import Hours


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        ("22:00-05:00", "2026-03-01 23:30", "2026-03-01 23:30"),
        ("22:00-05:00", "2026-03-01 04:59", "2026-03-01 04:59"),
        ("22:00-05:00", "2026-03-01 05:00", "2026-03-01 22:00"),
        ("22:00-05:00", "2026-03-01 21:59", "2026-03-01 22:00"),
        ("08:00-09:00", "2026-02-28 09:00", "2026-03-01 08:00"),
    ],
)
def test_work_may_begin_at_once_or_from_the_next_opening(hours: str, now: str, opens: str) -> None:
    assert Hours.of(hours).opens(datetime.fromisoformat(now)) == datetime.fromisoformat(opens)


@pytest.mark.parametrize("text", ["", "22-05", "24:00-05:00", "22:00-22:00", "22:60-05:00", "22:00 - 05:00"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"22|HH:MM"):
        Hours.of(text)


@given(st.integers(0, 1439), st.integers(1, 1439), st.datetimes())
def test_it_is_open_when_it_opens(begin: int, length: int, now: datetime) -> None:
    hours = Hours(begin, (begin + length) % 1440)
    try:
        opens = hours.opens(now)
    except OverflowError:
        return  # the last day that Python knows
    assert opens >= now
    assert hours.opens(opens) == opens
