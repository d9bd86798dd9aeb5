"""Times as an operator reads them."""

from datetime import datetime


def duration(seconds: float) -> str:
    """Return `seconds` in at most seven characters: `42s`, `3m 12s`, `1h 04m`, `2d 03h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02}h"


def until(seconds: float) -> str:
    """Return how far off something is: `in 12 min`."""
    if seconds < 60:
        return "in under 1 min"
    minutes = round(seconds / 60)
    return f"in {minutes} min" if minutes < 120 else f"in {duration(seconds)}"


def clock(at: float) -> str:
    """Return the local time of day of `at` (epoch seconds): `14:32`."""
    return datetime.fromtimestamp(at).strftime("%H:%M")
