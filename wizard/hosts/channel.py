"""One command on a live connection: stdin fed and ended, both outputs drained, the channel closed for sure."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh

from wizard.hosts.output import Lines, Result

BLOCK = 64 * 1024
CLOSE_S = 5


class NoExitStatus(Exception):
    """The command's channel ended without saying how the command did: nobody knows whether it was done."""


async def converse(
    connection: asyncssh.SSHClientConnection,
    command: str,
    *,
    stdin: bytes = b"",
    on_line: Callable[[str], None] | None = None,
) -> Result:
    """Run a command line and return its result; stdin is ended after `stdin`.

    Raises NoExitStatus when the link drops meanwhile, asyncssh.Error or OSError when the command was not started.
    """
    # Bytes, because asyncssh ends the whole connection at the first byte that is not UTF-8.
    process: asyncssh.SSHClientProcess[bytes] = await connection.create_process(command, encoding=None)
    out, errors = Lines(on_line), Lines()
    try:
        await asyncio.gather(_feed(process, stdin), _drain(process.stdout, out), _drain(process.stderr, errors))
        await process.wait_closed()
    finally:
        await _close(process)
    if process.returncode is None:
        raise NoExitStatus
    # asyncssh gives -N for signal N; shells say 128 + N.
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Result(status, out.end(), errors.end())


async def _feed(process: Any, data: bytes) -> None:
    try:
        for start in range(0, len(data), BLOCK):
            process.stdin.write(data[start : start + BLOCK])
            await process.stdin.drain()
        process.stdin.write_eof()
    except (OSError, asyncssh.Error):
        # It ended without reading everything: its exit status tells why.
        return


async def _drain(reader: Any, lines: Lines) -> None:
    try:
        while chunk := await reader.read(BLOCK):
            lines.feed(chunk)
    except (OSError, asyncssh.Error):
        # A dropped link shows as a missing exit status.
        return


async def _close(process: Any) -> None:
    process.close()
    try:
        async with asyncio.timeout(CLOSE_S):
            await process.wait_closed()
    except TimeoutError:
        # The other side is silent: keepalives will end the connection.
        return
