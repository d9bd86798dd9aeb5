"""The figures that sizing reckons with, and how it rounds."""

from typing import Any

from wizard.profiles import profile


def figures() -> Any:
    """Return the figures as profiles/sizing.yaml holds them."""
    return profile("sizing")


def up(amount: int, parts: int) -> int:
    """Divide and round up."""
    return -(-amount // parts)


def filled(requested: int) -> int:
    """Return what must be there for `requested` when it may fill only the planned share of a node."""
    return up(requested * 100, figures()["fill"]["percent"])
