"""What the lab needs of the machine that it runs on: root, Linux, a few Debian packages, its own folder."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ip": "iproute2",
    "ethtool": "ethtool",
    "ping": "iputils-ping",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "zstd": "zstd",
}
NO_DAEMONS = Path("/usr/sbin/policy-rc.d")
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INSTANCES = 1024


def folder() -> Path:
    """Return the lab's folder outside of any checkout; `RANCHER_WIZARD_LAB` names another."""
    return Path(os.environ.get("RANCHER_WIZARD_LAB", "/var/tmp/rancher-wizard-lab"))


def title() -> str:
    """Return what this lab's namespaces, cgroup and folder are called: one for each of the processes that test at once.

    `RANCHER_WIZARD_LAB_NAME` gives it another, so that one by hand stands beside.
    """
    return os.environ.get("RANCHER_WIZARD_LAB_NAME", f"rwlab{os.environ.get('PYTEST_XDIST_WORKER', '')}")


def home() -> Path:
    """Return the folder of this lab's nodes; the base that they stand on lies beside, for all labs."""
    return folder() / f"run-{title()}"


def make_room() -> None:
    """Let this machine hold more nodes: each takes nine inotify instances of the 128 that a user usually has."""
    if int(INSTANCES.read_text()) < ENOUGH_INSTANCES:
        INSTANCES.write_text(str(ENOUGH_INSTANCES))


def unfit() -> str | None:
    """Return why this machine can't hold a lab, or None."""
    if sys.platform != "linux":
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root"
    return None


def run(*argv: str | Path, check: bool = True, timeout: float = 120, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run a command here; its output is kept, and shown in the error when it fails."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, **kwargs)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Keep other processes that test from doing the same at this moment."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_packages(wanted: Mapping[str, str] = PACKAGES) -> None:
    """Install the packages (by a tool of each) whose tools are missing; apt is not touched when none is."""
    with alone("packages"):
        _install_missing(wanted)


def _install_missing(wanted: Mapping[str, str]) -> None:
    missing = sorted({package for tool, package in wanted.items() if not shutil.which(tool)})
    if not missing:
        return
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_daemon_starts():
        run("apt-get", "update", "-qq", env=env, timeout=300)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=env, timeout=600)


@contextmanager
def _no_daemon_starts() -> Iterator[None]:
    """A package must not start its daemon on the machine that only borrows its tools."""
    ours = not NO_DAEMONS.exists()
    if ours:
        NO_DAEMONS.write_text("#!/bin/sh\nexit 101\n")
        NO_DAEMONS.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            NO_DAEMONS.unlink()
