"""A target after ~/.ssh/config had its say: where to connect, as whom, through whom."""

import asyncio
import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from wizard.errors import HostError, Unreachable
from wizard.hosts.target import Target

HOPS_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Route:
    """The resolved way to one target."""

    target: Target
    host: str
    port: int
    user: str
    alias: str
    """The name its host key is kept under."""
    identities: tuple[str, ...]
    identities_only: bool
    agent_path: str
    proxy_command: tuple[str, ...] | None
    bastion: "Route | None"

    @property
    def key(self) -> tuple[object, ...]:
        """Two routes with the same key are one connection."""
        through = self.bastion.key if self.bastion else self.proxy_command
        return (self.host, self.port, self.user, self.target.key, self.target.known_hosts, through)

    @property
    def hops(self) -> int:
        """How many bastions lie before it."""
        return self.bastion.hops + 1 if self.bastion else 0

    @property
    def label(self) -> str:
        """`user@host:port`, the port only when it is not 22."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}" + (f":{self.port}" if self.port != 22 else "")


async def resolve(target: Target) -> Route:
    """Return the way to a target; what it says itself wins over the ssh config.

    Raises Unreachable when the config can't be read or its jump hosts go round in a circle.
    """
    return await asyncio.to_thread(_resolve, target, 0)


def config_of(target: Target) -> list[Path] | None:
    """Return what asyncssh takes as `config`: None keeps it from reading ~/.ssh/config by itself."""
    if target.config is None:
        return None
    path = target.config.expanduser()
    return [path] if path.is_file() else None


def _resolve(target: Target, depth: int) -> Route:
    if depth > HOPS_AT_MOST:
        raise Unreachable(
            target.name,
            f"its jump hosts go round in a circle or are more than {HOPS_AT_MOST}",
            hint="Exclude the jump host itself from ProxyJump in the ssh config (`Host * !jump`).",
        )
    try:
        options = _options(target)
    except (OSError, ValueError, asyncssh.Error) as error:
        raise Unreachable(
            target.name,
            f"the ssh config can't be used: {error}",
            hint=f"Mend {target.config}, or set `ssh.config: none`.",
        ) from error
    jump = target.bastion or _jump(target, options.config.get("ProxyJump"))
    try:
        bastion = _resolve(jump, depth + 1) if jump else None
    except HostError as error:
        raise type(error)(target.name, error.what, hint=error.hint) from error
    return Route(
        target=target,
        host=options.host,
        port=options.port,
        user=options.username,
        alias=options.host_key_alias or options.host,
        identities=tuple(options.config.get("IdentityFile", ())),
        identities_only=bool(options.config.get("IdentitiesOnly")),
        agent_path=_agent_path(target, options.config.get("IdentityAgent", ())),
        proxy_command=tuple(options.proxy_command) if options.proxy_command and not bastion else None,
        bastion=bastion,
    )


def _options(target: Target) -> Any:
    # asyncssh types neither these options' attributes nor its config.
    return asyncssh.SSHClientConnectionOptions(
        host=target.address,
        port=target.port or (),
        username=target.user or (),
        config=config_of(target),
        client_keys=None,
        known_hosts=b"",
        tunnel=None,
    )


def _agent_path(target: Target, configured: object) -> str:
    if not target.agent or configured is None:
        return ""
    if configured and isinstance(configured, str) and configured != "SSH_AUTH_SOCK":
        return str(Path(configured).expanduser())
    return os.environ.get("SSH_AUTH_SOCK", "")


def _jump(target: Target, configured: object) -> Target | None:
    """Return the last of `ProxyJump a,b,c`, reached through those before it."""
    jump: Target | None = None
    for hop in str(configured).split(",") if configured else ():
        user, host, port = _hop(hop.strip())
        jump = dataclasses.replace(
            target, name=host, address=host, user=user, port=port, key=None, sudo="none", bastion=jump
        )
    return jump


def _hop(text: str) -> tuple[str | None, str, int | None]:
    user, _, rest = text.removeprefix("ssh://").rpartition("@")
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = rest.partition(":") if rest.count(":") == 1 else (rest, "", "")
    return user or None, host, int(port) if port.isdecimal() else None
