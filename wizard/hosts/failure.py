"""Why a connection could not be made, sorted by cause, each with its next move."""

import errno
import socket

import asyncssh

from wizard.errors import ChangedHostKey, HostError, LoginRefused, Unreachable, UntrustedHost
from wizard.hosts.known_hosts import KnownHosts, kind_of
from wizard.hosts.route import Route
from wizard.plain import plain

BORDER = (OSError, asyncssh.Error, ValueError)
"""What asyncssh and the sockets below it raise."""

NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}


class Witness(asyncssh.SSHClient):
    """Notes what happened on the way to a login, so that a failure can say how far it came."""

    def __init__(self) -> None:
        self.connected = False
        self.shown: asyncssh.SSHKey | None = None
        self.address = ""
        self.banner = ""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.connected = True

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Note a key that is not on record; never accept it. asyncssh asks here for changed keys too."""
        self.shown, self.address = key, addr
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self.banner = plain(" ".join(msg.split()))[:200]


def explain(node: str, route: Route, error: BaseException, *, witness: Witness, known: KnownHosts) -> HostError:
    """Return the error to raise for a failed connection of `node`."""
    if witness.shown or isinstance(error, asyncssh.HostKeyNotVerifiable) or _no_common_key(error):
        return _host_key(node, route, error, witness=witness, known=known)
    match error:
        case asyncssh.PermissionDenied():
            return LoginRefused(
                node,
                f"{route.label} accepted none of our keys",
                hint=f"Try `ssh {_ssh_args(route)}`; then name `ssh.user` and `ssh.key`, or `ssh-add` the key.",
            )
        case socket.gaierror():
            return Unreachable(
                node,
                f"the name {route.host} can't be resolved",
                hint="Correct the address in the spec, or the resolver of this machine.",
            )
        case TimeoutError():
            return _timeout(node, route, witness=witness)
        case _:
            return _broken(node, route, error, witness=witness)


def behind(node: str, error: HostError) -> HostError:
    """Return the error of a bastion as one of the node behind it."""
    return type(error)(node, f"bastion {error.node}: {error.what}", hint=error.hint)


def _timeout(node: str, route: Route, *, witness: Witness) -> Unreachable:
    limit = f"{route.target.connect_timeout_s:g} s"
    if witness.connected:
        return Unreachable(
            node,
            f"{route.label} answers, but let nobody in within {limit}",
            hint="Look at sshd on the node (load, `UseDNS`, PAM), or raise `ssh.connect_timeout_s`.",
        )
    return Unreachable(
        node,
        f"no answer from {route.host} port {route.port} in {limit}",
        hint="Check that the machine is on, the address, and that no firewall drops the port.",
    )


def _broken(node: str, route: Route, error: BaseException, *, witness: Witness) -> Unreachable:
    place = f"{route.host} port {route.port}"
    number = error.errno if isinstance(error, OSError) else None
    said = f": {witness.banner}" if witness.banner else ""
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            node,
            f"{place} refused the connection",
            hint="Start sshd there, or correct `ssh.port`; a bastion's port is in `ssh.bastion`.",
        )
    if number in NO_ROUTE:
        return Unreachable(node, f"there is no route to {route.host}", hint="Check the network, or set `ssh.bastion`.")
    if isinstance(error, asyncssh.ChannelOpenError):
        return Unreachable(
            node,
            f"the bastion could not reach {place}: {plain(str(error))}",
            hint="Check the address as the bastion sees it, and `AllowTcpForwarding` in its sshd.",
        )
    if isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ProtocolError | asyncssh.ProtocolNotSupported):
        return Unreachable(
            node, f"{place}: {plain(str(error))}", hint="Is it sshd that listens there, and recent enough?"
        )
    if isinstance(error, ConnectionError | asyncssh.DisconnectError | EOFError):
        return Unreachable(
            node,
            f"{place} closed the connection before the login was done{said}",
            hint="Look at sshd's log there: a restart, MaxStartups, PerSourcePenalties, or a host still booting.",
        )
    return Unreachable(
        node, f"{place}: {plain(str(error)) or type(error).__name__}{said}", hint="Check address and network."
    )


def _no_common_key(error: BaseException) -> bool:
    return isinstance(error, asyncssh.KeyExchangeFailed) and "host key" in str(error).lower()


def _host_key(node: str, route: Route, error: BaseException, *, witness: Witness, known: KnownHosts) -> HostError:
    where = (route.alias, witness.address, route.port)
    recorded = known.recorded(*where)
    if witness.shown in known.revoked(*where) or "revoked" in str(error):
        return ChangedHostKey(
            node,
            f"{route.host} shows a host key that is revoked in {known.path}",
            hint="This host must not be used until its administrator has explained and replaced the key.",
        )
    if recorded:
        shown = (
            f"{kind_of(witness.shown)} {witness.shown.get_fingerprint()}" if witness.shown else "none of these kinds"
        )
        lines = "; ".join(f"line {key.line} of {known.path} says {key.kind} {key.fingerprint}" for key in recorded)
        return ChangedHostKey(
            node,
            f"the host key of {route.host} has CHANGED: {lines}; it now shows {shown}",
            hint="Somebody may be listening in, or the host was reinstalled. This tool won't accept it: ask the host's"
            " administrator for the fingerprint, and only if it is the new one remove that line by hand.",
        )
    if known.authorities(*where) and witness.shown is None:
        return UntrustedHost(
            node,
            f"the host certificate of {route.host} is not accepted: {plain(str(error))}",
            hint="Have the host's certificate renewed by the authority that signed it.",
        )
    shown = f" ({kind_of(witness.shown)} {witness.shown.get_fingerprint()})" if witness.shown else ""
    return UntrustedHost(
        node, f"the host key of {route.host} is not known yet{shown}", hint="Run `rancher-wizard trust SPEC`."
    )


def _ssh_args(route: Route) -> str:
    port = f" -p {route.port}" if route.port != 22 else ""
    return f"{route.user}@{route.host}{port}"
