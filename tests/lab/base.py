"""The root file system that all nodes share, built once and built anew when its recipe changes."""

import hashlib
import json
import shutil
from pathlib import Path

from tests.lab.machine import alone, folder, run

SUITE = "bookworm"
PACKAGES = [
    "systemd",
    "systemd-sysv",
    "libpam-systemd",
    "dbus",
    "openssh-server",
    "iproute2",
    "iputils-ping",
    "nftables",
    "iptables",
    "ethtool",
    "procps",
    "kmod",
    "sudo",
    "ca-certificates",
    "curl",
    "tar",
    "zstd",
    "gzip",
    "xz-utils",
    "less",
    "hostname",
    "netcat-openbsd",
    "socat",
    "conntrack",
    "chrony",
    "logrotate",
    "util-linux-extra",
    "python3",
    "python3-yaml",
    "openssl",
    "etcd-server",
    "etcd-client",
]
SHELVED = ("firewalld", "ufw")
"""Packages that lie ready in SHELF, with all they need, for a node that is to have them."""
SHELF = "/opt/packages"
BALANCERS = ("haproxy", "keepalived", "nginx", "libnginx-mod-stream")
BALANCER_SHELF = "/opt/balancers"
"""A mirror of those packages with all they need, for nodes that install them by their own package manager."""
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
OPSPW_PASSWORD = "let-me-sudo"
SETUP = f"""
set -e
for user in ops opspw; do
  useradd --create-home --shell /bin/bash $user
  mkdir -m 700 /home/$user/.ssh
  cp /root/.ssh/authorized_keys /home/$user/.ssh/
  chown -R $user: /home/$user/.ssh
done
echo opspw:{OPSPW_PASSWORD} | chpasswd
echo 'ops ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
echo 'opspw ALL=(ALL) ALL' >/etc/sudoers.d/opspw
echo 'MaxStartups 100:30:200' >/etc/ssh/sshd_config.d/lab.conf
rm -f /etc/ssh/ssh_host_*
systemctl disable -q etcd chrony nftables
systemctl mask -q systemd-networkd-wait-online.service getty.target console-getty.service
mkdir -p /var/log/journal
mkdir -p {SHELF}/partial
apt-get install -qq -y --download-only --no-install-recommends -o Dir::Cache::archives={SHELF} {" ".join(SHELVED)}
mkdir -p {BALANCER_SHELF}/partial
apt-get install -qq -y --download-only --no-install-recommends -o Dir::Cache::archives={BALANCER_SHELF} \\
  {" ".join(BALANCERS)}
cd {BALANCER_SHELF}
for package in *.deb; do
  dpkg-deb -f "$package"
  echo "Filename: ./$package"
  echo "Size: $(stat -c %s "$package")"
  echo "SHA256: $(sha256sum <"$package" | cut -d' ' -f1)"
  echo
done >Packages
"""


def key() -> Path:
    """Return the lab's client key (ed25519, no passphrase), made at the first call."""
    path = folder() / "id"
    with alone("key"):
        if not path.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", path)
    return path


def base() -> Path:
    """Return the base root, building it (about 40 s) when there is none of this recipe."""
    public = Path(f"{key()}.pub").read_text()
    recipe = hashlib.sha256(json.dumps([SUITE, PACKAGES, LEFT_OUT, SETUP, public]).encode()).hexdigest()[:12]
    built = folder() / f"base-{recipe}"
    with alone("base"):
        if not built.exists():
            for old in folder().glob("base-*"):
                shutil.rmtree(old)
            _build(folder() / "base-new", public)
            (folder() / "base-new").rename(built)
    return built


def _build(root: Path, public: str) -> None:
    if root.exists():
        shutil.rmtree(root)
    authorized, setup = folder() / "authorized_keys", folder() / "setup.sh"
    authorized.write_text(public)
    setup.write_text(SETUP)
    run(
        *("mmdebstrap", "--mode=root", "--variant=apt", "--format=directory", *_apt_options()),
        *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT),
        f"--include={','.join(PACKAGES)}",
        '--customize-hook=mkdir -m 700 -p "$1/root/.ssh"',
        f"--customize-hook=copy-in {authorized} /root/.ssh",
        f'--customize-hook=chroot "$1" sh -s <{setup}',
        *(SUITE, root, *_sources()),
        timeout=900,
    )


def _apt_options() -> list[str]:
    """How this machine reaches its mirror (a proxy, say) holds for the nodes' packages too."""
    files = sorted(Path("/etc/apt/apt.conf.d").glob("*"))
    return [f"--aptopt={path}" for path in files if "Acquire::" in path.read_text(errors="replace")]


def _sources() -> list[str]:
    """This machine's own sources if it runs the same suite, else the builder's default."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.exists() and SUITE in path.read_text():
            return [str(path)]
    return []
