"""The registry's wire: HTTP/1.1 over TLS, each connection a task, bodies read from the bundle piece by piece.

h11 speaks HTTP for us: httpx brings it along anyway, and a registry that only answers GET and HEAD needs no
framework around it.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h11

from wizard.bundle.oci.login import Login
from wizard.bundle.registry.answer import Answer, Request, Slice, answer
from wizard.bundle.registry.shelf import Shelf

PIECE_BYTES = 256 << 10
IDLE_S = 75.0  # longer than containerd and docker keep an unused connection
STALLED_S = 120.0  # a client that takes nothing for so long is gone
MOST_CONNECTIONS = 512


@dataclass(slots=True)
class Served:
    """What was given out so far, for whoever watches."""

    requests: int = 0
    sent_bytes: int = 0
    clients: set[str] = field(default_factory=set)


@dataclass(slots=True)
class RegistryServer:
    """Serves one shelf; `login` is asked of every client where it is given."""

    shelf: Shelf
    login: Login | None = None
    served: Served = field(default_factory=Served)
    port: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self, host: str, port: int, tls: ssl.SSLContext | None) -> AsyncIterator["RegistryServer"]:
        """Answer at `host`:`port` (0: any free one, see `self.port`) while the context is open.

        Raises OSError where the port can't be had.
        """
        server = await asyncio.start_server(self._accept, host, port, ssl=tls, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tuple(self._open):
                task.cancel()
            if self._open:
                await asyncio.wait(self._open)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        try:
            self.served.clients.add(writer.get_extra_info("peername")[0])
            await self._speak(reader, writer)
        except (OSError, TimeoutError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the client's business, or the end of ours
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER)
        while asked := await _next_request(wire, reader):
            self.served.requests += 1
            given = answer(self.shelf, asked, login=self.login)
            await self._send(wire, writer, asked, given)
            if wire.our_state is not h11.DONE or wire.their_state is not h11.DONE:
                return  # a client that sends a body, or wants no second answer
            wire.start_next_cycle()

    async def _send(self, wire: h11.Connection, writer: asyncio.StreamWriter, asked: Request, given: Answer) -> None:
        headers = [*given.headers.items(), ("Content-Length", str(given.length))]
        writer.write(wire.send(h11.Response(status_code=given.status, headers=headers)) or b"")
        if asked.method != "HEAD":
            async for piece in self._pieces(given.body):
                writer.write(wire.send(h11.Data(data=piece)) or b"")
                async with asyncio.timeout(STALLED_S):
                    await writer.drain()
                self.served.sent_bytes += len(piece)
        writer.write(wire.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    async def _pieces(self, body: bytes | Slice) -> AsyncIterator[bytes]:
        if isinstance(body, bytes):
            yield body
            return
        offset, end = body.offset, body.offset + body.length
        while offset < end:
            length = min(PIECE_BYTES, end - offset)
            piece = await asyncio.to_thread(self.shelf.blobs.read, body.sha256, offset, length)
            if not piece:
                raise OSError(f"{body.sha256} ends before its size")
            offset += len(piece)
            yield piece


async def _next_request(wire: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """Return the next request of a connection; None at its end. Bodies are not read."""
    async with asyncio.timeout(IDLE_S):
        while True:
            event = wire.next_event()
            if isinstance(event, h11.Request):
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                asked = Request(event.method.decode("latin-1"), event.target.decode("latin-1"), headers)
                if isinstance(wire.next_event(), h11.EndOfMessage):
                    return asked
                return Request("BODY", asked.target, asked.headers)
            if event is h11.NEED_DATA:
                wire.receive_data(await reader.read(1 << 16))
            else:  # the connection's end
                return None
