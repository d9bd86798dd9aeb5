"""Lists of names in sentences."""

from collections.abc import Iterable


def named(names: Iterable[str], *, most: int = 4) -> str:
    """Return names as a list in words, each once: "n1", "n1 and n2", "n1, n2 and 7 others"."""
    each = list(dict.fromkeys(names))
    if len(each) > most:
        return f"{', '.join(each[: most - 1])} and {len(each) - most + 1} others"
    return " and ".join(filter(None, (", ".join(each[:-1]), each[-1]))) if each else "none"
