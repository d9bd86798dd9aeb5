"""A simulated node: its files, units, journal and what is installed there; nothing but state."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from wizard.profiles import profile
from wizard.simulator.cluster import Cluster
from wizard.simulator.hardware import Hardware
from wizard.simulator.journal import Journal
from wizard.simulator.network import Listening


@dataclass(slots=True)
class File:
    """A file on a simulated node."""

    data: bytes
    mode: int
    owner: str
    mtime_s: float

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(slots=True)
class Unit:
    """A systemd unit, in systemd's own words."""

    active: str = "inactive"
    sub: str = "dead"
    result: str = "success"
    enabled: str = "disabled"
    started_s: float = 0.0  # of its main process, 0 when it never ran
    restarts: int = 0
    main_status: int = 0
    work: asyncio.Task[None] | None = None
    """What goes on in it, as long as it does."""


@dataclass(frozen=True, slots=True)
class Giving:
    """What a node gives to others: for whom, and by hash where each file lies or grows."""

    token: str
    files: dict[str, tuple[str, str]]


@dataclass(slots=True)
class Job:
    """A script that runs as a transient unit; `wanted` is its name and all it was given."""

    wanted: tuple[str, ...]
    cursor: str
    exit_status: int | None = None


@dataclass(slots=True)
class Node:
    """One machine of the site."""

    name: str
    address: str
    """Where its sshd listens."""
    inner_address: str
    hardware: Hardware
    journal: Journal
    files: dict[str, File] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    sysctls: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    packages: dict[str, str] = field(default_factory=dict)  # versions by name
    open_ports: list[str] = field(default_factory=list)
    swap_mib: int = 0
    before_mends: dict[str, tuple[Callable[[], object], ...]] = field(default_factory=dict)
    """What puts it back as it was before each mend."""
    version: str = ""
    """Of the RKE2 that is installed."""
    cluster: Cluster | None = None
    """The cluster it belongs to, from the moment its RKE2 has joined or begun it."""
    supervisor: bool = False
    """Whether port 9345 answers."""
    away_until: float = 0.0
    """Loop time before which nobody reaches it."""
    probed_at: float = 0.0
    """Loop time of the latest probe."""
    looks: int = 0
    """How often it was probed while a rollout was under way."""
    listening: Listening | None = None
    """What the network proof listens by."""
    giving: Giving | None = None
    """What it gives to other nodes just now."""
    drained: set[str] = field(default_factory=set)
    """The servers that this balancer sends nothing new to."""
    carries: bool = False
    """Whether it has the virtual IP just now."""
    busy_port: str = ""
    """The port that another program holds while the fault `start` lasts."""

    @classmethod
    def fresh(cls, name: str, *, address: str, inner_address: str, hardware: Hardware) -> "Node":
        """Return a machine as it came from its installer."""
        site = profile("simulator")
        node = cls(name, address, inner_address, hardware, Journal(hardware.boot_id.replace("-", "")))
        node.modules.update(site["modules"])
        node.sysctls.update(site["sysctls"])
        node.units.update({unit: Unit("active", "running", enabled="enabled") for unit in hardware.units})
        return node

    def write(self, path: str, data: bytes, *, mode: int, owner: str = "root:root", at: float) -> None:
        """Put a file there."""
        self.files[path] = File(data, mode, owner, at)

    def is_folder(self, path: str) -> bool:
        """True for a path that files lie under."""
        return any(PurePosixPath(path) in PurePosixPath(name).parents for name in self.files)

    def unit(self, name: str) -> Unit | None:
        """Return a unit, called with or without `.service`; None when the node has none of that name."""
        return self.units.get(name.removesuffix(".service"))

    @property
    def api(self) -> bool:
        """Whether the Kubernetes API answers here."""
        unit = self.unit("rke2-server")
        return unit is not None and unit.active == "active"
