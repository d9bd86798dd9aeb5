"""A bundle given out as a registry until somebody ends it."""

import asyncio
import signal
import ssl
from collections.abc import Callable

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.oci.login import Login
from wizard.bundle.registry.server import RegistryServer, Served
from wizard.bundle.registry.source import shelf_of_bundle
from wizard.errors import WizardError

TOLD_EVERY_S = 10.0


async def serve(
    bundle: Bundle,
    address: str,
    port: int,
    *,
    tls: ssl.SSLContext | None,
    login: Login | None,
    ready: Callable[[int], None],
    told: Callable[[Served], None],
) -> None:
    """Serve the bundle's images until SIGINT or SIGTERM.

    `ready` is called with the port once clients may come, `told` every TOLD_EVERY_S with what was given out. Raises
    WizardError where the bundle has no images, or the port can't be had.
    """
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with shelf_of_bundle(bundle) as shelf:
        server = RegistryServer(shelf, login)
        try:
            async with server.listening(address, port, tls):
                ready(server.port)
                while not await _within(ended, TOLD_EVERY_S):
                    told(server.served)
        except OSError as error:
            hint = "Another program has it, or the address is not of this machine: give --port or --address."
            raise WizardError(f"{address}:{port}: {error.strerror or error}", hint=hint) from None
    told(server.served)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether it happened before the time was over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
