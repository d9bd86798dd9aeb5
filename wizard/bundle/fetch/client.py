"""The HTTP client of all fetching: proxies of the environment, own CAs, patience."""

import ssl
from pathlib import Path

import httpx

from wizard import __version__
from wizard.errors import WizardError

CONNECT_S = 20.0
SILENCE_S = 60.0  # between two pieces of an answer


def new_client(*, connections: int, ca_file: Path | None = None) -> httpx.AsyncClient:
    """Return a client for `connections` downloads at once; close it when done.

    HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold. `ca_file` is trusted beside the system's CAs.
    """
    return httpx.AsyncClient(
        follow_redirects=True,
        headers={"User-Agent": f"rancher-wizard/{__version__}"},
        limits=httpx.Limits(max_connections=connections + 4, max_keepalive_connections=connections),
        timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
        verify=trusted(ca_file),
    )


def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Return the TLS context that trusts the system's CAs and those in `ca_file`. Raises WizardError."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            hint = "Give a file with CA certificates in PEM."
            raise WizardError(f"{ca_file}: {getattr(error, 'strerror', None) or error}", hint=hint) from None
    return context
