"""What listens on a simulated node while its network is proven; the servers' doors are real sockets."""

import asyncio
import contextlib
from dataclasses import dataclass, field

REAL_PORTS = ("6443", "9345")
"""What the machine that the wizard runs on asks servers: it asks the real network."""


@dataclass(slots=True)
class Listening:
    """The listeners of one proof on one node."""

    run: str
    ports: frozenset[str]
    """Each as 6443/tcp, those that a service holds too."""
    datagrams: dict[tuple[str, str], int] = field(default_factory=dict)
    """(source, port) → how many came in."""
    _doors: list[asyncio.Server] = field(default_factory=list)
    _lease_s: float = 0.0
    _end: asyncio.TimerHandle | None = None

    async def open(self, node: str, address: str, lease_s: float) -> None:
        """Answer on the real ports of this node's address; where a program here holds one, it goes without."""
        self._lease_s = lease_s

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                writer.write(f"{self.run} {node}\n".encode())
                await writer.drain()
            writer.close()

        for port in REAL_PORTS:
            if f"{port}/tcp" in self.ports:
                with contextlib.suppress(OSError):
                    # Sites of two demos side by side have the same addresses.
                    self._doors.append(await asyncio.start_server(greet, address, int(port), reuse_port=True))
        self.keep()

    def keep(self) -> None:
        """Begin the lease anew."""
        if self._end:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._lease_s, self.close)

    def close(self) -> None:
        """End them."""
        if self._end:
            self._end.cancel()
        for door in self._doors:
            door.close()
        self._doors.clear()
