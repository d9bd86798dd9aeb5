"""The node's containerd: Debian's own where a test has put it on the node, otherwise nothing but its lines in the log.

No pod runs in either; a real one takes images in and tells what it has. Unlike RKE2's, it outlives the service.
"""

import subprocess
import time
from pathlib import Path

from . import pods
from .journal import pause, say, warn
from .settings import ROOT, Settings

PROGRAM, CLIENT = ROOT / "usr/bin/containerd", ROOT / "usr/bin/ctr"
SOCKET = "/run/k3s/containerd/containerd.sock"
UP_S = 60
CONFIG = 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'


def start(settings: Settings) -> None:
    """Run it, and wait until it answers."""
    folder, config = settings.data / "agent/containerd", settings.data / "agent/etc/containerd/config.toml"
    folder.mkdir(parents=True, exist_ok=True)
    say(f"Logging containerd to {folder}/containerd.log")
    say(f"Running containerd -c {config} -a {SOCKET}")
    if not PROGRAM.exists():
        pause(0.2)
    else:
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(CONFIG)
        places = ("--root", str(folder), "--state", "/run/k3s/containerd")
        pods.start("containerd", str(PROGRAM), "-c", str(config), "-a", SOCKET, *places)
        until = time.monotonic() + UP_S
        while _ctr("version").returncode != 0 and time.monotonic() < until:
            pause(0.1)
    say("containerd is now running")


def load(archive: Path) -> None:
    """Import an archive; one that can't be read is told and passed over, as RKE2 does."""
    say(f"Importing images from {archive}")
    began, wrong = time.monotonic(), "" if archive.stat().st_size else "unexpected EOF"
    # The stand-in's own release has no images that anybody could import.
    if PROGRAM.exists() and not archive.name.startswith("rke2-images"):
        done = _ctr("images", "import", "--no-unpack", str(archive))
        wrong = done.stderr.strip() if done.returncode else ""
    else:
        pause(0.3)
    if wrong:
        warn(f"Error encountered while importing {archive}: {wrong}")
        return
    say(f"Imported images from {archive} in {(time.monotonic() - began) * 1000:.6f}ms")


def client_text() -> str:
    """Return what bin/ctr is: Debian's where it is, otherwise nothing that does anything."""
    return f'#!/bin/sh\nexec {CLIENT} "$@"\n' if CLIENT.exists() else "#!/bin/sh\nexit 0\n"


def _ctr(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(CLIENT), "--address", SOCKET, "--namespace", "k8s.io", *words],
        capture_output=True,
        text=True,
        timeout=UP_S,
    )
