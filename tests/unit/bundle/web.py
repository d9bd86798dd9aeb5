"""A web server in this process whose answers a test writes down."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What is sent back; `cut` ends the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    length: bool = True


@dataclass
class Web:
    url: str
    asked: list[Asked] = field(default_factory=list)

    def ranges(self) -> list[str | None]:
        return [each.headers.get("range") for each in self.asked if each.method == "GET"]


Answering = Callable[[Asked], Answer]


@asynccontextmanager
async def serving(answer: Answering) -> AsyncIterator[Web]:
    web = Web("")
    tasks: set[asyncio.Task[None]] = set()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            tasks.add(task)
        try:
            while request := await read(reader):
                web.asked.append(request)
                if not await write(writer, request, answer(request)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test has
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    web.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield web
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def read(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode().strip().splitlines()
    method, path, _ = first.split()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def write(writer: asyncio.StreamWriter, asked: Asked, given: Answer) -> bool:
    headers = dict(given.headers)
    if given.length:
        headers.setdefault("Content-Length", str(len(given.body)))
    else:
        headers["Connection"] = "close"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {given.status} So\r\n{head}\r\n".encode())
    if asked.method != "HEAD":
        writer.write(given.body if given.cut is None else given.body[: given.cut])
    await writer.drain()
    return given.cut is None and given.length


def file_of(body: bytes, *, tag: str = '"one"', cuts: list[int] | None = None) -> Answering:
    """Serve one file with ranges; each of `cuts` ends one answer early."""
    left = list(cuts or [])

    def answer(asked: Asked) -> Answer:
        cut = left.pop(0) if left and asked.method == "GET" else None
        begin = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
        if begin is None or asked.headers.get("if-range", tag) != tag:
            return Answer(200, body, {"ETag": tag}, cut)
        first = int(begin[1])
        if first >= len(body):
            return Answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        return Answer(
            206, body[first:], {"ETag": tag, "Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}, cut
        )

    return answer
