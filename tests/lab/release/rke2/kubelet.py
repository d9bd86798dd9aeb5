"""The parts of a node: runtime image, image archives, containerd and kubelet lines, the node object."""

import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from . import runtime
from .journal import Fatal, pause, say, warn
from .registry import now
from .settings import Settings
from .version import ARCH, COMMIT, VERSION

TAG = VERSION.replace("+", "-")
RUNTIME = f"index.docker.io/rancher/rke2-runtime:{TAG}"
BINARIES = ("containerd", "containerd-shim-runc-v2", "crictl", "ctr", "kubectl", "kubelet", "runc")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.lz4")


def prepare(settings: Settings) -> None:
    """Unpack the runtime, run containerd, load the images: all that needs no cluster. Raises Fatal."""
    _runtime(settings)
    runtime.start(settings)
    for archive in _archives(settings):
        runtime.load(archive)


def run(settings: Settings) -> None:
    """Say that the kubelet runs; its heartbeats are sent by the service's own loop."""
    (settings.data / "agent/logs").mkdir(parents=True, exist_ok=True)
    say(f"Running kubelet --address=0.0.0.0 --hostname-override={settings.name} --node-ip={settings.address}")
    pause(0.2)
    say("Remotedialer connected to proxy")


def node(settings: Settings) -> dict[str, Any]:
    """Return the Node object as this node registers it."""
    labels = {
        "kubernetes.io/arch": ARCH,
        "kubernetes.io/hostname": settings.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "rke2",
    }
    annotations = {}
    if settings.role == "server":
        labels |= {f"node-role.kubernetes.io/{role}": "true" for role in ("control-plane", "etcd")}
        annotations = {"etcd.rke2.cattle.io/node-address": settings.address}
    labels |= dict(each.partition("=")[::2] for each in settings.many("node-label"))
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": settings.name, "labels": labels, "annotations": annotations, "creationTimestamp": now()},
        "spec": {"taints": taints} if (taints := [_taint(each) for each in settings.many("node-taint")]) else {},
        "status": {
            "addresses": [
                *({"type": "InternalIP", "address": each} for each in settings.many("node-ip") or [settings.address]),
                {"type": "Hostname", "address": settings.name},
            ],
            "conditions": [_condition("Ready", "False", "KubeletNotReady")],
            "nodeInfo": {
                "architecture": ARCH,
                "bootID": _read("/proc/sys/kernel/random/boot_id"),
                "containerRuntimeVersion": "containerd://2.1.5-k3s1",
                "kernelVersion": os.uname().release,
                "kubeletVersion": VERSION,
                "machineID": _read("/etc/machine-id"),
                "operatingSystem": "linux",
                "osImage": _os_image(),
            },
        },
    }


def set_condition(found: dict[str, Any], kind: str, *, true: bool, reason: str) -> None:
    """Give a Node object a condition, in place of the one of that kind."""
    kept = [each for each in found["status"]["conditions"] if each["type"] != kind]
    found["status"]["conditions"] = [*kept, _condition(kind, "True" if true else "False", reason)]


def _runtime(settings: Settings) -> None:
    folder = settings.data / f"data/{TAG}-{COMMIT[:12]}/bin"
    say(f"Checking local image archives in {settings.data}/agent/images for {RUNTIME}")
    if all((folder / name).exists() for name in BINARIES):
        say(f"Runtime image {RUNTIME} bin and charts directories already exist; skipping extract")
    else:
        if not any(each.name.startswith("rke2-images") for each in _archives(settings)):
            _pull(settings)
        say(f"Creating directory {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        for name in BINARIES:
            say(f"Extracting file bin/{name} to {folder}/{name}")
            _extract(folder / name)
        pause(0.2)
    link, new = settings.data / "bin", settings.data / ".bin.new"
    if not link.exists() or link.resolve() != folder.resolve():
        new.unlink(missing_ok=True)
        new.symlink_to(folder)
        new.replace(link)


def _extract(path: Path) -> None:
    """This program does kubectl's work; the other names but ctr are there and do nothing."""
    new = path.with_name(f".{path.name}")
    if path.name == "kubectl":
        shutil.copy(Path(sys.argv[0]).resolve(), new)
    else:
        new.write_text(runtime.client_text() if path.name == "ctr" else "#!/bin/sh\nexit 0\n")
    new.chmod(0o755)
    new.replace(path)


def _pull(settings: Settings) -> None:
    """Without an archive the image is pulled: from the mirror that served the release, if there was one."""
    warn(
        f"Failed to load runtime image {RUNTIME} from tarball: no local image available for {RUNTIME}: "
        f"not found in any file in {settings.data}/agent/images: image not found"
    )
    say(f"Pulling runtime image {RUNTIME}")
    mirror = os.environ.get("RKE2_STANDIN_REGISTRY", "")
    try:
        if not mirror:
            raise OSError("dial tcp: lookup index.docker.io: no such host")
        with urllib.request.urlopen(f"{mirror}/{VERSION.replace('+', '%2B')}/sha256sum-{ARCH}.txt", timeout=10):
            pause(0.3)
    except (OSError, urllib.error.URLError) as wrong:
        pause(1)
        raise Fatal(f'failed to get runtime image {RUNTIME}: Get "https://index.docker.io/v2/": {wrong}') from None


def _archives(settings: Settings) -> list[Path]:
    folder = settings.data / "agent/images"
    return sorted(each for each in folder.glob("*") if each.name.endswith(ARCHIVES)) if folder.is_dir() else []


def _condition(kind: str, status: str, reason: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": now()}


def _taint(text: str) -> dict[str, str]:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _read(path: str) -> str:
    return Path(path).read_text().strip() if Path(path).exists() else socket.gethostname()


def _os_image() -> str:
    lines = Path("/etc/os-release").read_text().splitlines() if Path("/etc/os-release").exists() else []
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME=")), "Linux")
