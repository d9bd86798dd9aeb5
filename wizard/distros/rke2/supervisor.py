"""A server's supervisor, asked through a tunnel as `rke2 token` asks it, but with no token on a command line.

Source: k3s pkg/server/handlers/router.go, token.go and pkg/clientaccess/token.go, which RKE2 vendors.
"""

import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from wizard.distros.rke2.state import SUPERVISOR_PORT
from wizard.errors import LinkLost, StepFailed, Unreachable
from wizard.hosts.host import Host
from wizard.plain import plain
from wizard.secret import Secret

if TYPE_CHECKING:
    import httpx

ANSWER_S = 20.0
RENEW_S = 90.0
"""The server writes to etcd meanwhile, and waits for a majority of it."""
PROBE = "/v1-rke2/encrypt/status"
"""A question that is let in by the servers' token alone, and changes nothing."""
_USER = "server"
_DENIED = (401, 403)


class Silent(StepFailed):
    """A server's supervisor gave no answer, or none but that it is not ready: another server may know."""


class Supervisor:
    """One server's supervisor, whose CA was compared with the one on record. Use `supervisor`."""

    def __init__(self, node: str, client: "httpx.AsyncClient") -> None:
        self._node = node
        self._client = client

    async def lets_in(self, token: Secret) -> bool:
        """Tell whether this server takes `token` for the servers' own.

        Raises Silent for an answer that is neither yes nor no: the server is not ready.
        """
        answer = await self._client.get(PROBE, auth=(_USER, token.reveal()))
        if answer.status_code in _DENIED:
            return False
        if answer.status_code == 200:
            return True
        raise Silent(
            self._node, f"its supervisor is not ready: {_said(answer)}", hint="Wait until RKE2 is up there; retry."
        )

    async def renew(self, token: Secret, new: Secret) -> str:
        """Have the cluster take `new` in place of `token`; return "" when it has, else what the server said."""
        answer = await self._client.put(
            "/v1-rke2/token", auth=(_USER, token.reveal()), json={"newToken": new.reveal()}, timeout=RENEW_S
        )
        return "" if answer.status_code == 200 else _said(answer)


@asynccontextmanager
async def supervisor(host: Host, ca_hash: str) -> AsyncIterator[Supervisor]:
    """Yield the way to a server's supervisor. Its CA is fetched, compared with `ca_hash`, and then verified by.

    Raises Silent for no answer, StepFailed for another CA, and what Host.tunnel raises for a lost link.
    """
    # A rollout of anything else goes without it.
    import httpx

    async with _tunnel(host) as port:
        url = f"https://127.0.0.1:{port}"
        try:
            # The CA itself is fetched from whoever answers, as RKE2's own nodes do it: nothing secret goes along, and
            # what comes counts only if its hash is the one on record. Tokens go by the second client alone, which
            # trusts this CA and no other.
            async with httpx.AsyncClient(
                base_url=url,
                verify=False,  # noqa: S501 - see above
                timeout=ANSWER_S,
                trust_env=False,
            ) as anyone:
                authority = (await anyone.get("/cacerts")).content
            seen = hashlib.sha256(authority).hexdigest()
            if seen != ca_hash:
                raise StepFailed(
                    host.name,
                    f"its cluster CA is {seen[:16]}…, {ca_hash[:16]}… is on record",
                    cause="The CA was made anew, or this server began another cluster.",
                    hint="Find out which is right before any token is told to it.",
                )
            # Not Python's own default context: it is stricter than what RKE2's certificates hold.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=authority.decode(errors="replace"))
            async with httpx.AsyncClient(base_url=url, verify=context, timeout=ANSWER_S, trust_env=False) as client:
                yield Supervisor(host.name, client)
        except httpx.HTTPError as error:
            raise Silent(
                host.name,
                f"its supervisor on {SUPERVISOR_PORT} gave no answer: {type(error).__name__}",
                cause="rke2-server is down there or comes up just now, or the connection dropped.",
                hint=f"On {host.name}: systemctl status rke2-server; then retry.",
            ) from None
        except ssl.SSLError as error:
            raise StepFailed(host.name, f"its cluster CA can't be read: {error.reason}", hint="Retry.") from None


@asynccontextmanager
async def _tunnel(host: Host) -> AsyncIterator[int]:
    """A tunnel to the supervisor; a port that nobody listens at is a server that is down, not a way that is."""
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(host.tunnel(SUPERVISOR_PORT))
        except LinkLost:
            raise
        except Unreachable as error:
            raise Silent(host.name, error.what, hint=f"On {host.name}: systemctl status rke2-server; retry.") from None
        yield port


def _said(answer: "httpx.Response") -> str:
    return f"{answer.status_code} {plain(answer.text.strip())[:200]}".strip()
