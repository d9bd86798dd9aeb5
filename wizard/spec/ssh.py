"""How the jump host logs in to the nodes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from wizard.spec.address import split_place
from wizard.spec.fault import fault
from wizard.spec.field import HostAddress, LocalPath, Part, Port, User
from wizard.spec.problem import quoted

SudoMode = Literal["auto", "password", "none"]


class Bastion(Part):
    """A host that connections go through."""

    address: HostAddress = Field(description="IP address or name of the bastion.")
    user: User | None = Field(
        default=None, description="Login user there. Default: ~/.ssh/config, then your own login name."
    )
    port: Port | None = Field(default=None, description="Its SSH port. Default: ~/.ssh/config, then 22.")
    key: LocalPath | None = Field(
        default=None, description="Private key for it. Default: ~/.ssh/config, then the agent."
    )


def _bastion(value: object) -> object:
    if not isinstance(value, str):
        return value
    user, name, port = split_place(value)
    if not name or value.startswith("@") or (port and not (port.isascii() and port.isdigit() and len(port) < 6)):
        raise fault(
            f"{quoted(value.rpartition('@')[2])} is not a bastion", "user@host:port; user and port may be left out"
        )
    fields: dict[str, object] = {"address": name}
    if user:
        fields["user"] = user
    if port:
        fields["port"] = int(port)
    return fields


BastionOrText = Annotated[Bastion, BeforeValidator(_bastion, json_schema_input_type=Bastion | str)]


class NodeSsh(Part):
    """How to log in to one node, where that differs from `ssh`."""

    user: User | None = Field(default=None, description="Login user. Default: ~/.ssh/config, then your own login name.")
    port: Port | None = Field(default=None, description="SSH port. Default: ~/.ssh/config, then 22.")
    key: LocalPath | None = Field(
        default=None, description="Private key. Default: ~/.ssh/config, then the agent and usual files."
    )
    agent: bool = Field(default=True, description="Ask the SSH agent for keys. Default: true.")
    config: LocalPath = Field(
        default=Path("~/.ssh/config"),
        description="OpenSSH client configuration to honour, or `none`. Default: ~/.ssh/config.",
    )
    known_hosts: LocalPath = Field(
        default=Path("~/.ssh/known_hosts"), description="File of trusted host keys. Default: ~/.ssh/known_hosts."
    )
    bastion: BastionOrText | None = Field(
        default=None,
        description="Host to connect through: user@host:port, or a mapping. Default: ~/.ssh/config, then none.",
    )
    sudo: SudoMode = Field(
        default="auto",
        description="How to become root. auto: not at all as root, else `sudo -n`; password: asked once; none: never. "
        "Default: auto.",
    )
    connect_timeout_s: float = Field(
        default=10, gt=0, le=600, description="Seconds to wait for a connection and login. Default: 10."
    )

    @property
    def config_file(self) -> Path | None:
        """The OpenSSH configuration to honour; None where the spec says `none`."""
        return None if str(self.config) == "none" else self.config


class Ssh(NodeSsh):
    """How to log in to the nodes. A node's own `ssh` overrides any part of it."""

    at_once: int = Field(
        default=32, ge=1, le=1000, description="Connections being opened at the same time. Default: 32."
    )

    def overridden(self, own: NodeSsh) -> "Ssh":
        """Take one node's own settings; return these with all that the node sets."""
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
