"""A tunnel to a port of the host, through real SSH servers on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.unit.hosts.site import Site
from wizard.errors import LinkLost, Unreachable
from wizard.hosts.script import Script


@pytest.fixture
async def greeter() -> AsyncIterator[int]:
    """A port that says hello."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_program_here_reaches_a_port_there_until_the_tunnel_ends(site: Site, greeter: int) -> None:
    await site.add("cp-1")
    async with site.wire(site.target("cp-1")).host("cp-1").tunnel(greeter) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"hello"
        writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_that_nobody_listens_on_is_named_with_the_next_move(site: Site, unused_tcp_port: int) -> None:
    await site.add("cp-1")
    with pytest.raises(Unreachable, match=f"cp-1: no tunnel to its port {unused_tcp_port}") as raised:
        async with site.wire(site.target("cp-1")).host("cp-1").tunnel(unused_tcp_port):
            pass
    assert "ss -ltn" in raised.value.hint


async def test_a_link_that_drops_meanwhile_is_told_at_the_end(site: Site, greeter: int) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")

    async def cut_off() -> None:
        async with host.tunnel(greeter) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reader.read()
            node.power_cut()
            await host.run(Script("true", "true"), timeout_s=20)  # by a new connection: the former one is gone
            writer.close()

    with pytest.raises(LinkLost, match="cp-1"):
        await cut_off()


@pytest.mark.parametrize("cut", [True, False])
async def test_what_goes_wrong_within_is_told_as_the_lost_link_where_that_was_it(
    site: Site, greeter: int, *, cut: bool
) -> None:
    node = await site.add("cp-1")
    host = site.wire(site.target("cp-1")).host("cp-1")
    caught: Exception | None = None
    try:
        async with host.tunnel(greeter) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reader.read()
            if cut:
                node.power_cut()
                with contextlib.suppress(OSError):
                    await reader.read()
            writer.close()
            raise ValueError("no answer")
    except (LinkLost, ValueError) as error:
        caught = error
    assert isinstance(caught, LinkLost if cut else ValueError)
