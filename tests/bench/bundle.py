"""A bundle proven, written and created whole, against sha256sum and tar on the same data; memory for a large one."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.unit.bundle.test_complete import saved
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.layout import Slot
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.bundle.format.verify import verify
from wizard.bundle.format.write import write_bundle

BLOBS, BLOB_BYTES, ROUNDS = 8, 64 << 20, 5
RELEASE = "v1.34.2+rke2r1"
ENVIRONMENT = os.environ | {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
"""Nothing is fetched: who would, comes to no proxy."""
SPARSE_BYTES = 10 << 30
WRITERS = ("sha256sum and tar", "openssl and tar")
PEAK = """
import sys
from pathlib import Path
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import verify
try:
    verify(Bundle.open(Path(sys.argv[1])))
except Exception as error:
    print(error, end=": ")
# ru_maxrss would count what the parent had when this was started.
(peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(f"{int(peak.split()[1]) / 1024:.0f} MiB at most")
"""


def main() -> None:
    """Print medians of ROUNDS rounds, each tool in turn within a round, and what a sparse bundle takes of memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _speed(folder)
        _whole(folder / "whole")
        _memory(folder / "sparse.rwb")


def _speed(folder: Path) -> None:
    files = [folder / f"blob-{number}" for number in range(BLOBS)]
    for path in files:
        path.write_bytes(os.urandom(BLOB_BYTES))
    names = [path.name for path in files]
    head, open_blob = _site(files)
    bundle = folder / "site.rwb"
    write_bundle(bundle, head, open_blob)
    packed = f"tar cf all.tar {' '.join(names)} && sync all.tar"
    races: dict[str, Callable[[], object]] = {
        "sha256sum": lambda: _run("sha256sum", str(bundle)),
        "openssl sha256": lambda: _run("openssl", "dgst", "-sha256", str(bundle)),
        "verify": lambda: verify(Bundle.open(bundle)),
        "sha256sum and tar": lambda: _run("sh", "-c", f"sha256sum {' '.join(names)} && {packed}", cwd=folder),
        "openssl and tar": lambda: _run("sh", "-c", f"openssl dgst -sha256 {' '.join(names)} && {packed}", cwd=folder),
        "write": lambda: write_bundle(folder / "again.rwb", head, open_blob),
    }
    took: dict[str, list[float]] = {what: [] for what in races}
    for _ in range(ROUNDS):
        for what, race in races.items():
            begun = time.perf_counter()
            race()
            took[what].append(time.perf_counter() - begun)
    print(f"{BLOBS * BLOB_BYTES >> 20} MiB:")
    for what, times in took.items():
        print(
            f"{BLOBS * BLOB_BYTES >> 20} MiB, {what}: {median(times):.2f} s (of {min(times):.2f} to {max(times):.2f})"
        )
    for ours, theirs in (("verify", "sha256sum"), ("verify", "openssl sha256"), *(("write", each) for each in WRITERS)):
        print(f"{ours} / {theirs}: {median(took[ours]) / median(took[theirs]):.2f}")


def _whole(folder: Path) -> None:
    """Time `bundle create` from files at hand, proof of completeness included: with an empty cache, and a full one."""
    given = folder / "given"
    given.mkdir(parents=True)
    files = {
        "rke2.linux-amd64.tar.gz": os.urandom(BLOBS * BLOB_BYTES),
        "install.sh": b"#!/bin/sh\n",
        "kubectl": b"kubectl",
    }
    for name in ("core", "canal"):
        files[f"rke2-images-{name}.linux-amd64.tar.zst"] = saved(f"rancher/{name}:v1")
        files[f"rke2-images-{name}.linux-amd64.txt"] = f"docker.io/rancher/{name}:v1\n".encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files |= {"sha256sum-amd64.txt": sums.encode(), "kubectl.sha256": hashlib.sha256(b"kubectl").hexdigest().encode()}
    for name, data in files.items():
        (given / name).write_bytes(data)
    names = " ".join(files)
    packed = f"sha256sum {names} && tar cf {folder}/all.tar {names} && sync {folder}/all.tar"
    command = (sys.executable, "-m", "wizard.cli.main", "bundle", "create", "--version", RELEASE, "--no-wizard")
    command += ("--from-dir", str(given), "-o", str(folder / "site.rwb"), "--cache", str(folder / "cache"))

    def create() -> None:
        # 3: all but the wizard's own wheels is there, which are left out here.
        assert subprocess.run(command, capture_output=True, env=ENVIRONMENT).returncode == 3

    theirs, cold, warm = list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        shutil.rmtree(folder / "cache", ignore_errors=True)
        theirs.append(_took(lambda: _run("sh", "-c", packed, cwd=given)))
        cold.append(_took(create))
        warm.append(_took(create))
    for what, times in (("sha256sum and tar", theirs), ("create, empty cache", cold), ("create, full cache", warm)):
        print(f"whole, {what}: {median(times):.2f} s (of {min(times):.2f} to {max(times):.2f})")
    for what, times in (("empty", cold), ("full", warm)):
        print(f"create with {what} cache / sha256sum and tar: {median(times) / median(theirs):.2f}")


def _took(race: Callable[[], object]) -> float:
    begun = time.perf_counter()
    race()
    return time.perf_counter() - begun


def _site(files: list[Path]) -> tuple[Head, Callable[[str], object]]:
    paths = {_run("sha256sum", str(path)).split()[0]: path for path in files}
    entries = [Entry(kind="file", name=path.name, sha256=digest, source="here") for digest, path in paths.items()]
    blobs = [Blob(sha256=digest, size_bytes=BLOB_BYTES) for digest in paths]
    return Head.of(new_manifest("bench", entries, blobs)), lambda digest: paths[digest].open("rb")


def _memory(path: Path) -> None:
    digest = "0" * 64
    entry = Entry(kind="file", name="zeros", sha256=digest, source="here")
    head = Head.of(new_manifest("sparse", [entry], [Blob(sha256=digest, size_bytes=SPARSE_BYTES)]))
    with path.open("wb") as file:
        for name, data in head.members():
            slot = Slot(name, len(data), file.tell())
            file.write(slot.header + data + bytes(slot.padding))
        (slot,) = head.blob_slots().values()
        file.write(slot.header)
        file.truncate(slot.end + 1024)
    print(_run(sys.executable, "-c", PEAK, str(path)).strip())


def _run(*command: str, cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
