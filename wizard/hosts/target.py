"""Where a host is and how to log in there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard.secret import Secret

Sudo = Literal["auto", "password", "none"]
DEFAULT_CONFIG = Path("~/.ssh/config")
DEFAULT_KNOWN_HOSTS = Path("~/.ssh/known_hosts")


@dataclass(frozen=True, slots=True)
class Target:
    """One host to log in to; what is None is left to the ssh config, then to OpenSSH's defaults."""

    name: str
    address: str
    port: int | None = None
    user: str | None = None
    key: Path | None = None
    """A private key file; then no other key is offered."""
    agent: bool = True
    sudo: Sudo = "auto"
    """auto: nothing for root, else `sudo -n`. password: asked once. none: scripts run as the login user."""
    bastion: "Target | None" = None
    connect_timeout_s: float = 10
    config: Path | None = DEFAULT_CONFIG
    """The ssh config to honour; None for none."""
    known_hosts: Path = DEFAULT_KNOWN_HOSTS


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator was asked once, for all hosts."""

    sudo_password: Secret | None = None
    passphrase: Secret | None = None
    """Opens the private key files that are encrypted."""
