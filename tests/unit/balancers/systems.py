"""Scripts of balancers run on this machine as on another system: with its package manager, its tools, below a folder.

What such a system has is a table, `SYSTEMS`; commands write down what they are told, and answer from files.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.script import Script

REAL = (
    *("sh", "awk", "basename", "cat", "chmod", "cmp", "cp", "cut", "dirname", "env", "grep", "head", "id", "ls"),
    *("mkdir", "mktemp", "mv", "printf", "readlink", "rm", "rmdir", "sed", "sha256sum", "sleep", "sort", "stat"),
    *("sync", "tail", "timeout", "tr", "uname", "useradd", "paste", "diff"),
)
LOG = 'printf "%s\\n" "${0##*/} $*" >>"$SYSTEM/ran"\n'
PACKAGES = """
for word; do case $word in haproxy | socat | keepalived) echo "$word" >>"$SYSTEM/packages" ;; esac; done
"""
COMMANDS = {
    "rpm": 'case $1 in -qa) cat "$SYSTEM/packages" ;; *) exit 1 ;; esac',
    "dpkg-query": 'sed "s/$/ installed/" "$SYSTEM/packages"',
    "dpkg": "exit 1",
    "dnf": LOG + PACKAGES,
    "yum": LOG + PACKAGES,
    "zypper": LOG + PACKAGES,
    "apt-get": LOG + PACKAGES,
    "getsebool": 'cat "$SYSTEM/boolean"',
    "setsebool": LOG + 'case $3 in 1) echo "$2 --> on" ;; *) echo "$2 --> off" ;; esac >"$SYSTEM/boolean"',
    "restorecon": LOG,
    "journalctl": "",
    "systemctl": LOG
    + """case "$*" in
  "is-active haproxy") echo active ;;
  "is-enabled haproxy") echo enabled ;;
  "show -p MainPID"*) echo 0 ;;
  "is-active -q firewalld") [ -x "${0%/*}/firewall-cmd" ] ;;
esac""",
    "haproxy": 'case $1 in -c) echo "Configuration file is valid" ;; esac',
    # What the process at work says of itself: the configuration that was put in place.
    "socat": 'sed -n "s/^ *description/Description:/p" "$SYSTEM/haproxy.cfg"',
    "firewall-cmd": """
scope=now
for word; do case $word in --permanent) scope=kept ;; --add-* | --remove-* | --query-*) what=$word ;; esac; done
list=$SYSTEM/open-$scope
touch "$list"
case $what in
  --query-*) grep -qxF -- "${what#--query-}" "$list"; exit ;;
  --add-*) """
    + LOG
    + """ echo "${what#--add-}" >>"$list" ;;
  --remove-*) """
    + LOG
    + """ grep -vxF -- "${what#--remove-}" "$list" >"$list.new"; mv "$list.new" "$list" ;;
esac
""",
    "ufw": 'case "$*" in status) echo "Status: active" ;; "show added") cat "$SYSTEM/ufw" 2>/dev/null ;; '
    '"delete "*) ' + LOG + " ;; *) " + LOG + ' echo "ufw $*" >>"$SYSTEM/ufw" ;; esac',
}
SYSTEMS = {
    "debian-12": ("dpkg-query", "dpkg", "apt-get", "ufw"),
    "ubuntu-24.04": ("dpkg-query", "dpkg", "apt-get", "ufw"),
    "rhel-8": ("rpm", "dnf", "yum", "getsebool", "setsebool", "restorecon", "firewall-cmd"),
    "rocky-9": ("rpm", "dnf", "yum", "getsebool", "setsebool", "restorecon", "firewall-cmd"),
    "sles-15": ("rpm", "zypper", "firewall-cmd"),
}
EVERYWHERE = ("systemctl", "journalctl", "haproxy", "socat")


@dataclass
class System:
    """A system below a folder; `ran` is what its tools were told."""

    folder: Path
    name: str

    @classmethod
    def at(cls, folder: Path, name: str) -> "System":
        """Make one with SELinux as it is there by default, and no balancer."""
        place = folder / "bin"
        place.mkdir(parents=True)
        for each in REAL:
            if found := shutil.which(each, path="/usr/bin:/usr/sbin"):
                (place / each).symlink_to(found)
        for each in (*SYSTEMS[name], *EVERYWHERE):
            (place / each).write_text(f"#!/bin/sh\n{COMMANDS[each]}\n")
            (place / each).chmod(0o755)
        (folder / "packages").write_text("bash\n")
        (folder / "boolean").write_text("haproxy_connect_any --> off\n")
        return cls(folder, name)

    @property
    def ran(self) -> list[str]:
        """What tools that change something were told, in order."""
        place = self.folder / "ran"
        return place.read_text().splitlines() if place.exists() else []

    def run(self, script: Script, *args: str, stdin: str = "") -> list[str]:
        """Run a script there; return its lines. It keeps what was below the folder, not on this machine."""
        text = script.text.replace("/var/lib/rancher-wizard", f"{self.folder}/kept")
        done = subprocess.run(
            ["/bin/sh", "-c", text, f"rw:{script.name}", *args],
            input=stdin,
            env={"PATH": f"{self.folder}/bin", "SYSTEM": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()
