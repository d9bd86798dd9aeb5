"""A way for programs on the jump host to a port that only the host itself reaches."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED

from wizard.errors import LinkLost, Unreachable
from wizard.hosts.links import Connection

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def tunnel(node: str, connected: Callable[[], Awaitable[Connection]], port: int) -> AsyncIterator[int]:
    """Yield a free port of our loopback that leads to `port` on the host's loopback; the host is called `node`.

    What comes through it ends with this context, and with the connection. Raises what connecting raises, Unreachable
    when sshd forwards nothing, and LinkLost at the end when the connection dropped meanwhile: also in place of what
    went wrong within, which is what a lost way looks like from there.
    """
    connection = await connected()
    await _try(node, connection, port)
    listener = await connection.forward_local_port(LOOPBACK, 0, LOOPBACK, port)
    try:
        yield listener.get_port()
    except Exception as error:
        if not await _stands(node, connection, port):
            raise _dropped(node, port) from error
        raise
    finally:
        listener.close()
    if connection.is_closed():
        raise _dropped(node, port)


async def _stands(node: str, connection: Connection, port: int) -> bool:
    """Whether the connection still carries a word; one that died in silence ends by its keepalives meanwhile."""
    try:
        await _try(node, connection, port)
    except LinkLost:
        return False
    except Unreachable:
        return True  # sshd answered
    return True


def _dropped(node: str, port: int) -> LinkLost:
    return LinkLost(node, f"the connection dropped while a tunnel to port {port} was used", hint="It is tried again.")


async def _try(node: str, connection: Connection, port: int) -> None:
    """A listener takes connections whether or not sshd passes them on: find out before anybody relies on it."""
    try:
        reader, writer = await connection.open_connection(LOOPBACK, port, encoding=None)
    except asyncssh.ChannelOpenError as error:
        if connection.is_closed():  # it is told as a channel that was not opened
            raise _dropped(node, port) from error
        if error.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
            hint = "Set AllowTcpForwarding to yes or local in its sshd_config."
        else:
            hint = f"See what should listen there: ss -ltn 'sport = :{port}'."
        raise Unreachable(node, f"no tunnel to its port {port}: {error.reason}", hint=hint) from error
    except (OSError, asyncssh.Error) as error:
        raise _dropped(node, port) from error
    writer.close()
    del reader
