"""The control socket: the only way into a running engine."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from wizard.errors import WizardError

COMMANDS = ("pause", "resume", "retry", "skip", "back", "abort", "ping")
SOCKET = "control.sock"
LINE_LIMIT = 4096

Answer = Callable[[str, str], str]
"""Takes a command and a node's name (or ""), returns what to say; raises WizardError to refuse."""


class Control:
    """The operator's end of a run's control socket."""

    def __init__(self, run_dir: Path, *, timeout_s: float = 5.0) -> None:
        self._run_dir = run_dir
        self._timeout_s = timeout_s

    async def send(self, command: str, node: str = "") -> str:
        """Give the engine one of COMMANDS; return what it says.

        Raises WizardError when the engine refuses, or when none is running.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._ask({"command": command, "node": node})
        except (OSError, ValueError) as error:
            raise WizardError(
                f"no engine answers for rollout {self._run_dir.name}", hint="Start or go on with: rancher-wizard apply"
            ) from error
        if not reply.get("ok"):
            raise WizardError(str(reply.get("said", "refused")), hint=str(reply.get("hint", "")))
        return str(reply["said"])

    async def _ask(self, request: dict[str, str]) -> dict[str, object]:
        with _short_path(self._run_dir) as path:
            reader, writer = await asyncio.open_unix_connection(path)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            reply = json.loads(await reader.readline())
            return reply if isinstance(reply, dict) else {}
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def listen(run_dir: Path, answer: Answer) -> AsyncIterator[None]:
    """Serve the control socket of `run_dir` (0600) while the block runs; a stale socket is replaced."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, ValueError):
            async with asyncio.timeout(30):
                line = await reader.readline()
                writer.write(json.dumps(_reply(line, answer)).encode() + b"\n")
                await writer.drain()
        writer.close()

    path = run_dir / SOCKET
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, sock=_bound(run_dir), limit=LINE_LIMIT)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _reply(line: bytes, answer: Answer) -> dict[str, object]:
    try:
        request = json.loads(line)
        command, node = str(request["command"]), str(request.get("node", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"ok": False, "said": "not a request"}
    if command not in COMMANDS:
        return {"ok": False, "said": f"{command!r} is no command; one of {', '.join(COMMANDS)}"}
    try:
        return {"ok": True, "said": answer(command, node)}
    except WizardError as error:
        return {"ok": False, "said": error.message, "hint": error.hint}


def _bound(run_dir: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _short_path(run_dir) as path:
            listener.bind(path)
    finally:
        os.umask(before)
    return listener


@contextlib.contextmanager
def _short_path(run_dir: Path) -> Iterator[str]:
    """Yield a path to the socket that fits into the kernel's 108 bytes, however long `run_dir` is."""
    folder = os.open(run_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)
