"""A node: a systemd-nspawn machine with its own disk, network, journal and sshd."""

import os
import shlex
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import network, processes
from tests.lab.base import key
from tests.lab.machine import run

DISK = "1g"
"""Size of the filesystem under /var/lib/rancher, in memory: etcd's fsync costs nothing there."""
UP_S = 60.0
BOOT = Path(__file__).with_name("boot_node.sh")
CLEAN_ENV = ("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C")


def cgroup_root() -> Path:
    """Return where cgroup v2 is mounted here."""
    root = Path("/sys/fs/cgroup")
    return root if (root / "cgroup.controllers").exists() else root / "unified"


@dataclass(frozen=True)
class LabNode:
    """One machine of a lab; `name` is n1, n2, …"""

    name: str
    home: Path
    """Its folder: overlay, console's log, pid."""
    stays: bool = False

    @property
    def address(self) -> str:
        return network.address(self.name)

    @property
    def known_hosts(self) -> Path:
        return self.home.parent.parent / "known_hosts"

    @property
    def _note(self) -> Path:
        return self.home / "keeper"

    @property
    def _cgroup(self) -> Path:
        return cgroup_root() / network.JUMP / self.name

    def create(self, lower: Path) -> None:
        """Make its disk, identity, host key and network; `lower` is the base root."""
        for part in ("upper/etc/ssh", "work", "root", "data"):
            (self.home / part).mkdir(parents=True)
        etc = self.home / "upper/etc"
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
        (etc / "resolv.conf").write_text("")
        names = [f"{network.NET}.{10 + k} n{k}" for k in range(1, 41)]
        (etc / "hosts").write_text("\n".join(["127.0.0.1 localhost", f"{network.NET}.1 jump registry.lab", *names, ""]))
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", etc / "ssh/ssh_host_ed25519_key")
        kind, public = (etc / "ssh/ssh_host_ed25519_key.pub").read_text().split()[:2]
        with self.known_hosts.open("a") as known:
            known.write(f"{self.address} {kind} {public}\n")
        overlay = f"lowerdir={lower},upperdir={self.home}/upper,workdir={self.home}/work"
        run("mount", "-t", "overlay", "overlay", "-o", overlay, self.home / "root")
        run("mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", f"disk-{self.name}", self.home / "data")
        network.plug(self.name)
        self._cgroup.mkdir(parents=True, exist_ok=True)

    def forget(self) -> None:
        """Take its host key out of `known_hosts`."""
        lines = self.known_hosts.read_text().splitlines(keepends=True)
        self.known_hosts.write_text("".join(line for line in lines if line.split()[0] != self.address))

    def start(self) -> None:
        """Switch it on; `wait_up` waits for it."""
        processes.start(
            self._note,
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "slave"),
            *("sh", BOOT, self.name, self.home / "root", self.home / "data", f"{network.JUMP}/{self.name}"),
            network.namespace(self.name),
            stays=self.stays,
            log=self.home / "console.log",
        )

    def wait_up(self, timeout_s: float = UP_S) -> None:
        """Wait until it has booted and its sshd lets anyone in; raises TimeoutError."""
        end = time.monotonic() + timeout_s
        while self.ssh("systemctl is-system-running --wait", check=False).returncode == 255:
            if time.monotonic() > end:
                tail = (self.home / "console.log").read_text(errors="replace")[-2000:]
                raise TimeoutError(f"{self.name} did not come up in {timeout_s:.0f} s\n{tail}")
            time.sleep(0.05)

    def leader(self) -> int | None:
        """Return the pid of its init as seen from here; None when it is off."""
        try:
            pids = (self._cgroup / "payload/init.scope/cgroup.procs").read_text().split()
        except OSError:
            return None
        return next((int(pid) for pid in pids if _pid_inside(pid) == "1"), None)

    def run(self, command: str, *, check: bool = True, timeout: float = 60, **kwargs: Any) -> Any:
        """Run a shell command on it as root, past its network; return a CompletedProcess."""
        leader = self.leader()
        if leader is None:
            raise RuntimeError(f"{self.name} is off")
        enter = ("nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        return run(*enter, "--", *CLEAN_ENV, "sh", "-c", command, check=check, timeout=timeout, **kwargs)

    def ssh(self, command: str = "true", *, user: str = "root", check: bool = True, timeout: float = 60) -> Any:
        """Run a shell command on it from the jump host, through its sshd; return a CompletedProcess."""
        return run(*self.ssh_command(user), command, check=check, timeout=timeout, stdin=subprocess.DEVNULL)

    def ssh_command(self, user: str = "root") -> tuple[str, ...]:
        """Return the words that log in as `user` (root, ops, opspw) from the jump host."""
        options = ("ConnectTimeout=2", "LogLevel=ERROR", "BatchMode=yes", f"UserKnownHostsFile={self.known_hosts}")
        words = ["ip", "netns", "exec", network.JUMP, "ssh", "-F", "none", "-i", str(key())]
        return (*words, *(word for option in options for word in ("-o", option)), f"{user}@{self.address}")

    def write(self, path: str, text: str, *, mode: int = 0o600) -> None:
        """Write a file on it, with its folders."""
        place = shlex.quote(path)
        self.run(f'mkdir -p "$(dirname {place})"; cat >{place}; chmod {mode:o} {place}', input=text)

    def stop(self, timeout_s: float = 30) -> None:
        """Power it off in an orderly way, by force when it takes too long."""
        leader = self.leader()
        if leader is not None:
            os.kill(leader, signal.SIGRTMIN + 4)
            processes.wait_gone(self._note, timeout_s)
        self.power_cut()

    def power_cut(self) -> None:
        """Take its power away: every process on it dies at once."""
        processes.kill(self._note)
        self._wait_dead()

    def reboot(self) -> None:
        """Reboot it from inside and wait until it is up again."""
        before = self.boot_id()
        self.run("systemctl --no-block reboot")
        end = time.monotonic() + UP_S
        while self.boot_id() in ("", before):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} did not reboot")
            time.sleep(0.05)
        self.wait_up()

    def boot_id(self) -> str:
        """Return the name of this boot: its init's start time; "" when it is off."""
        leader = self.leader()
        try:
            return Path(f"/proc/{leader}/stat").read_text().rsplit(")", 1)[1].split()[19] if leader else ""
        except OSError:
            return ""

    def remove(self) -> None:
        """Switch it off and let go of its mounts and cgroups; its folder stays for whoever deletes it."""
        self.power_cut()
        for part in ("root", "data"):
            while run("umount", "--lazy", self.home / part, check=False).returncode == 0:
                pass
        for path in sorted(self._cgroup.rglob("*"), reverse=True):
            if path.is_dir():
                path.rmdir()
        if self._cgroup.exists():
            self._cgroup.rmdir()

    def _wait_dead(self) -> None:
        """The namespaces' init is killed first, its processes an instant later."""
        end = time.monotonic() + 10
        while self._populated():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name}: its processes do not die")
            time.sleep(0.01)

    def _populated(self) -> bool:
        try:
            return "populated 1" in (self._cgroup / "cgroup.events").read_text()
        except OSError:
            return False


def _pid_inside(pid: str) -> str:
    """The pid as the innermost namespace sees it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
    return next((line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:")), "")
