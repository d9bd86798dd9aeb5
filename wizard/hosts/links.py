"""Opening connections: keys, known hosts and bastions are shared, and only few are opened at the same time."""

import asyncio
import copy
from pathlib import Path

import asyncssh

from wizard.errors import HostError, Unreachable
from wizard.hosts.failure import BORDER, Witness, behind, explain
from wizard.hosts.keys import Keyring, Pairs
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.route import Route, config_of, resolve
from wizard.hosts.target import Credentials, Target

KEEPALIVE_S = 5
KEEPALIVES_LOST = 3
CLOSE_S = 5
REMEMBER_FAILURE_S = 5
"""A bastion that has just refused us is not asked again by each node behind it: sshd would lock us out."""

UPLOADS = 8
"""Pieces of large files that are on their way at the same time: one link seldom carries more than that any faster."""

Connection = asyncssh.SSHClientConnection


class Links:
    """What all connections of one wire have in common."""

    def __init__(self, credentials: Credentials, *, at_once: int) -> None:
        self.credentials = credentials
        self.uploads = asyncio.Semaphore(UPLOADS)
        self._slots = asyncio.Semaphore(at_once)
        self._keyring = Keyring(credentials.passphrase)
        self._known: dict[Path, KnownHosts] = {}
        self._routes: dict[Target, Route] = {}
        self._bastions: dict[tuple[object, ...], _Bastion] = {}

    async def open(self, target: Target) -> Connection:
        """Return a new connection to `target`, through its bastion if it has one.

        Raises Unreachable, UntrustedHost, ChangedHostKey or LoginRefused, named after the target.
        """
        return await self._connect(target.name, await self.route(target))

    async def route(self, target: Target) -> Route:
        """Return the resolved way to `target`, read from the ssh config once."""
        if target not in self._routes:
            self._routes[target] = await resolve(target)
        return self._routes[target]

    async def through(self, node: str, route: Route) -> Connection | None:
        """Return the shared connection to the bastion of `route`, None when there is no bastion."""
        if route.bastion is None:
            return None
        bastion = self._bastions.setdefault(route.bastion.key, _Bastion(self, route.bastion))
        try:
            return await bastion.connection()
        except HostError as error:
            raise behind(node, error) from error

    def known_hosts(self, target: Target) -> KnownHosts:
        """Return the file of known keys that `target` names."""
        return self._known.setdefault(target.known_hosts, KnownHosts(target.known_hosts))

    async def close(self) -> None:
        """Close the bastions and let go of the agents."""
        # The innermost bastion was opened last.
        for bastion in reversed(self._bastions.values()):
            await bastion.close()
        self._bastions.clear()
        self._keyring.close()

    async def _connect(self, node: str, route: Route) -> Connection:
        # The bastion comes before the slot: nodes that wait for theirs must not keep it from getting one.
        tunnel = await self.through(node, route)
        keys = await self._keys(node, route)
        known = self.known_hosts(route.target)
        witness = Witness()
        async with self._slots:
            try:
                parsed = await known.current()
                return await _connect(route, tunnel, keys, known=parsed, witness=witness)
            except BORDER as error:
                if tunnel is not None and tunnel.is_closed():
                    raise Unreachable(
                        node, "the connection to its bastion dropped", hint="It is tried again."
                    ) from error
                raise explain(node, route, error, witness=witness, known=known) from error

    async def _keys(self, node: str, route: Route) -> Pairs:
        if route.target.key:
            return await self._keyring.only(node, route.target.key, agent_path=route.agent_path)
        return await self._keyring.any(
            route.identities, agent_path=route.agent_path, identities_only=route.identities_only
        )


class _Bastion:
    """One connection that many nodes go through, opened again when it has dropped."""

    def __init__(self, links: Links, route: Route) -> None:
        self._links = links
        self._route = route
        self._lock = asyncio.Lock()
        self._open: Connection | None = None
        self._failed: tuple[float, HostError] | None = None

    async def connection(self) -> Connection:
        async with self._lock:
            if self._open is None or self._open.is_closed():
                self._open = await self._reopen()
            return self._open

    async def _reopen(self) -> Connection:
        now = asyncio.get_running_loop().time()
        if self._failed and now - self._failed[0] < REMEMBER_FAILURE_S:
            raise self._failed[1]
        try:
            return await self._links._connect(self._route.target.name, self._route)
        except HostError as error:
            self._failed = (asyncio.get_running_loop().time(), error)
            raise

    async def close(self) -> None:
        if self._open is not None:
            await shut(self._open)
            self._open = None


async def shut(connection: Connection) -> None:
    """Close a connection politely; at once when the other side does not answer in CLOSE_S seconds."""
    connection.close()
    try:
        async with asyncio.timeout(CLOSE_S):
            await connection.wait_closed()
    except TimeoutError:
        connection.abort()


async def _connect(
    route: Route,
    tunnel: Connection | None,
    keys: Pairs,
    *,
    known: asyncssh.SSHKnownHosts,
    witness: Witness,
) -> Connection:
    return await asyncssh.connect(
        route.target.address,
        route.port,
        config=config_of(route.target),
        username=route.user,
        tunnel=tunnel,
        proxy_command=route.proxy_command,
        client_factory=lambda: witness,
        known_hosts=known,
        # A pair remembers the algorithm its last server wanted, and ours are shared.
        client_keys=[copy.copy(pair) for pair in keys] or None,
        agent_path=None,
        agent_forwarding=False,
        x11_forwarding=False,
        password_auth=False,
        kbdint_auth=False,
        request_pty=False,
        command=None,
        connect_timeout=route.target.connect_timeout_s,
        keepalive_interval=KEEPALIVE_S,
        keepalive_count_max=KEEPALIVES_LOST,
        errors="replace",
    )
