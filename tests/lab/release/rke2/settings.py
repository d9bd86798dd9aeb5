"""Where things lie on a node, and what its config.yaml asks for."""

import os
import secrets
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .journal import Fatal, warn
from .options import CRITICAL, known
from .yamlish import BadYaml, Value, read

ROOT = Path(os.environ.get("STANDIN_ROOT") or "/")
"""For trials without a node of its own; "/" on nodes."""
CONFIG_DIR = ROOT / "etc/rancher/rke2"
PASSWORD = ROOT / "etc/rancher/node/password"
PODS = ROOT / "run/k3s/standin"
BROKEN = ROOT / "etc/rke2-standin-broken"
"""Names a release that does not start on this node."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One node's configuration; `role` is server or agent."""

    role: str
    values: dict[str, Value]

    def one(self, key: str, default: str = "") -> str:
        value = self.values.get(key, "")
        return (value if isinstance(value, str) else ",".join(value)) or default

    def many(self, key: str) -> list[str]:
        value = self.values.get(key, [])
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    def yes(self, key: str) -> bool:
        return self.one(key).lower() in ("true", "yes", "1")

    @property
    def data(self) -> Path:
        return ROOT / self.one("data-dir", "/var/lib/rancher/rke2").lstrip("/")

    @property
    def tls(self) -> Path:
        return self.data / "server/tls"

    @property
    def name(self) -> str:
        return self.one("node-name", socket.gethostname().lower())

    @property
    def address(self) -> str:
        """The address that other nodes use: the first node-ip, else the one of the default route."""
        return (self.many("node-ip") or [_own_address()])[0]

    @property
    def local(self) -> str:
        """The address at which this node finds its own listeners."""
        return self.one("bind-address", "127.0.0.1")

    @property
    def password(self) -> str:
        """The node's own password, made once: who has it is the node of this name."""
        if not PASSWORD.exists():
            write(PASSWORD, secrets.token_hex(16) + "\n")
        return PASSWORD.read_text().strip()

    @property
    def critical(self) -> dict[str, str]:
        defaults = {"cluster-cidr": "10.42.0.0/16", "service-cidr": "10.43.0.0/16", "cluster-domain": "cluster.local"}
        return {key: self.one(key, defaults.get(key, "")) for key in CRITICAL if key != "agent-token"}


def load(role: str, argv: list[str]) -> Settings:
    """Return what files and flags say, flags first; unknown keys are named and skipped, as the real one does."""
    values: dict[str, Value] = {}
    main = Path(os.environ.get("RKE2_CONFIG_FILE") or CONFIG_DIR / "config.yaml")
    for path in (main, *sorted(Path(f"{main}.d").glob("*.yaml"))):
        if path.exists():
            _merge(values, _read(path))
    for key in list(values):
        if not known(key, role):
            warn(f"Unknown flag --{key} found in config.yaml, skipping")
            del values[key]
    settings = Settings(role, values | _flags(argv))
    for key in ("token", "agent-token"):
        if not settings.one(key) and (path := settings.one(f"{key}-file")):
            settings.values[key] = Path(path).read_text().strip()
    return settings


def _read(path: Path) -> dict[str, Value]:
    try:
        return read(path)
    except BadYaml as wrong:
        raise Fatal(f"yaml: {wrong}") from None


def _merge(values: dict[str, Value], more: dict[str, Value]) -> None:
    for key, value in more.items():
        if key.endswith("+"):
            old, new = values.get(key[:-1], []), value
            values[key[:-1]] = [*([old] if isinstance(old, str) else old), *([new] if isinstance(new, str) else new)]
        else:
            values[key] = value


def _flags(argv: list[str]) -> dict[str, Value]:
    flags: dict[str, Value] = {}
    words = iter(argv)
    for word in words:
        if not word.startswith("--"):
            raise Fatal(f"invalid flag: {word}")
        key, equals, value = word[2:].partition("=")
        flags[key] = value if equals else ("true" if key == "cluster-reset" else next(words, "true"))
    return flags


def refuse_broken(version: str) -> None:
    """Raise Fatal where a test wants this release not to start."""
    if BROKEN.exists() and version in BROKEN.read_text().split():
        raise Fatal("invalid kernel parameter value vm.overcommit_memory=0 - expected 1")


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a whole file with `mode`, its folder made when missing; never half of it, whatever is cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.chmod(mode)
    new.replace(path)


def _own_address() -> str:
    done = subprocess.run(["ip", "-4", "route", "get", "192.0.2.1"], capture_output=True, text=True)
    words = done.stdout.split()
    return words[words.index("src") + 1] if "src" in words else "127.0.0.1"
