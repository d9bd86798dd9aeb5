"""A lab: nodes K at 10.77.0.(10+K) around a jump host, in namespaces of their own."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.lab import mirror, network, processes
from tests.lab.base import base, key
from tests.lab.machine import home, install_packages, make_room
from tests.lab.nodes import LabNode, cgroup_root
from tests.lab.release.build import build_mirror
from tests.lab.specs import VERSION, cluster


class Lab:
    """Boots nodes and takes all of them away again; use it as a context manager, or call `up` and `down`."""

    def __init__(self, nodes: int, *, stays: bool = False) -> None:
        self.stays = stays
        self.home = home()
        self.nodes = {f"n{k}": LabNode(f"n{k}", self.home / "nodes" / f"n{k}", stays) for k in range(1, nodes + 1)}
        self._held = ExitStack()

    @classmethod
    def running(cls) -> "Lab":
        """Return the lab that runs already, as another process booted it."""
        return cls(len(list((home() / "nodes").glob("n*"))), stays=True)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def __getitem__(self, name: str) -> LabNode:
        return self.nodes[name]

    def up(self) -> None:
        """Boot all nodes, after cleaning away what a killed lab left; waits for a test's lab of another process.

        Raises RuntimeError when a lab stays up that somebody booted by hand.
        """
        install_packages()
        make_room()
        lower = base()
        self._hold()
        try:
            self._boot(lower)
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """End and delete everything of the lab."""
        clean_up()
        self._held.close()

    def _boot(self, lower: Path) -> None:
        clean_up()
        (self.home / "nodes").mkdir(parents=True)
        if self.stays:
            self._mark.touch()
        network.up()
        for node in self.nodes.values():
            node.create(lower)
            node.start()
        for node in self.nodes.values():
            node.wait_up()

    def _hold(self) -> None:
        """Two labs at a time would share their names; a lab that stays outlives the lock, so it leaves a mark."""
        lock = self._held.enter_context(home().with_suffix(".lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        if self._mark.exists() and any(node.leader() for node in Lab.running().nodes.values()):
            self._held.close()
            raise RuntimeError("a lab stays up on this machine: `python -m tests.lab down` ends it")

    @property
    def _mark(self) -> Path:
        return self.home / "stays"

    @property
    def known_hosts(self) -> Path:
        """The file with every node's host key."""
        return self.home / "known_hosts"

    @property
    def key(self) -> Path:
        """The private key that root, ops and opspw let in."""
        return key()

    @cached_property
    def release(self) -> Path:
        """The folder with the stand-in release, built at the first use."""
        return self.release_of(VERSION)

    def release_of(self, version: str) -> Path:
        """Build the stand-in release of another version; return its folder."""
        if not (self._site / version).exists():
            build_mirror(self._site, version=version)
        return self._site / version

    def mirror(self, *versions: str) -> str:
        """Serve releases to the nodes over HTTP as an online mirror does; return its URL."""
        for version in versions or (VERSION,):
            self.release_of(version)
        note = self.home / "mirror"
        if processes.alive(note) is None:
            served = (*self._prefix(), sys.executable, "-I", mirror.__file__, self._site, f"{network.NET}.1")
            processes.start(note, *served, stays=self.stays, log=self.home / "mirror.log")
            mirror.wait_listening(network.JUMP)
        return f"http://{network.NET}.1"

    def spec(self, servers: int = 3, agents: int = 4, **changes: Any) -> Path:
        """Write a cluster.yaml for n1…: servers first, then agents; `changes` replace top-level fields. Return it."""
        path = self.home / "cluster.yaml"
        path.write_text(yaml.safe_dump(cluster(self, servers, agents, **changes), sort_keys=False))
        return path

    def jump(self, *argv: str | Path, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        """Run a command on the jump host to its end, output as text; `kwargs` as of subprocess.run."""
        options: dict[str, Any] = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL} | kwargs
        return subprocess.run(self.jump_words(*argv), check=False, **options)

    def jump_start(self, *argv: str | Path, **kwargs: Any) -> subprocess.Popen[str]:
        """Start a command on the jump host; `kwargs` as of subprocess.Popen."""
        return subprocess.Popen(self.jump_words(*argv), **({"text": True} | kwargs))

    def jump_words(self, *argv: str | Path) -> Sequence[str]:
        """Return the words that run a command on the jump host."""
        return [*self._prefix(), *map(str, argv)]

    @property
    def _site(self) -> Path:
        """What the mirror serves."""
        return self.home / "release"

    def _prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", network.JUMP)


def clean_up() -> None:
    """End and delete whatever lab there is, running or forgotten by a killed process."""
    ours = home()
    for note in (*ours.glob("mirror"), *ours.glob("wires/*/note")):
        processes.kill(note)
    for place in (ours / "nodes").glob("n*"):
        LabNode(place.name, place).remove()
    network.down()
    if (cgroup_root() / network.JUMP).exists():
        (cgroup_root() / network.JUMP).rmdir()
    shutil.rmtree(ours, ignore_errors=True)
    if ours.exists():
        raise RuntimeError(f"{ours} can not be deleted: something still uses it")
