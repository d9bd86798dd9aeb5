"""Lines from a node, gathered for a moment so that the journal takes them in one record."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wizard.rollout.events import NodeOutput

GATHER_S = 0.2
AT_MOST = 200


class Output:
    """Collects one node's lines and emits them every GATHER_S seconds, or when AT_MOST are there."""

    def __init__(self, node: str, emit: Callable[[NodeOutput], None]) -> None:
        self._node = node
        self._emit = emit
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def line(self, line: str) -> None:
        """Take one cleaned line."""
        self._lines.append(line)
        if len(self._lines) >= AT_MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.flush)

    def flush(self) -> None:
        """Emit what is there."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._emit(NodeOutput(node=self._node, lines=tuple(self._lines)))
            self._lines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
