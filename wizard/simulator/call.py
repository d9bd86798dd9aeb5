"""What a simulated script is given: its node, its arguments, its input, and where its words go."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.simulator.node import Node
from wizard.simulator.site import Site


@dataclass(frozen=True, slots=True)
class Call:
    """One script run on one node."""

    site: Site
    node: Node
    name: str
    text: str
    args: tuple[str, ...]
    say: Callable[[str], None]
    """One line for stdout."""
    complain: Callable[[str], None]
    """One line for stderr."""
    read: Callable[[], Awaitable[bytes]]
    """All of stdin."""

    def arg(self, index: int) -> str:
        """Return an argument; "" when it was not given."""
        return self.args[index] if index < len(self.args) else ""


Handler = Callable[[Call], Awaitable[int]]
"""Answers as the script would; returns its exit status."""
