"""How often a server is asked again, and how long we wait in between."""

import asyncio
import random
from typing import Any

import httpx

TRIES = 6  # in a row that bring nothing
WAIT_S = 1.0  # before the second try; doubled for each further one
LONGEST_WAIT_S = 60.0
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def pause_s(failures: int, *, asked_s: float = 0.0, wait_s: float = WAIT_S) -> float:
    """Return seconds to wait after so many failures: at least what the server asks for, else spread at random."""
    return min(LONGEST_WAIT_S, max(asked_s, wait_s * (1 << failures) * random.uniform(0.5, 1.0)))  # noqa: S311 - no secret


def asked_s(response: httpx.Response) -> float:
    """Return what Retry-After says in seconds; 0 where it says nothing, or a date."""
    said = str(response.headers.get("Retry-After", ""))
    return float(said) if said.isdecimal() else 0.0


def of_tls(error: Exception) -> bool:
    """Whether no TLS came about, for reasons that no further try changes: an unknown CA, or no TLS at all."""
    return any(why in str(error) for why in ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER"))


async def ask(
    client: httpx.AsyncClient, method: str, url: str | httpx.URL, *, wait_s: float = WAIT_S, **options: Any
) -> httpx.Response:
    """Send a request that may be repeated until it is answered; return the answer, whatever it says.

    Raises httpx.TransportError when no try of TRIES got an answer. `options` are httpx's own.
    """
    for failures in range(TRIES):
        last = failures == TRIES - 1
        try:
            answer = await client.request(method, url, **options)
            if last or answer.status_code not in PASSING:
                return answer
            wait = pause_s(failures, asked_s=asked_s(answer), wait_s=wait_s)
        except httpx.TransportError as error:
            if last or of_tls(error):
                raise
            wait = pause_s(failures, wait_s=wait_s)
        await asyncio.sleep(wait)
    raise AssertionError("the last try returns or raises")
