"""`rke2 etcd-snapshot save|ls|delete|prune` on a server that runs."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from .journal import Fatal
from .s3 import Bucket
from .settings import Settings, load

USAGE = "usage: rke2 etcd-snapshot save [--name B] | ls | delete NAME... | prune --snapshot-retention N [--name PREFIX]"


def main(argv: list[str]) -> int:
    """Run one command; returns the exit status."""
    words = [word for word in argv[1:] if not word.startswith("--")]
    try:
        settings = load("server", [])
        flags = _flags(argv[1:])
        match argv[:1]:
            case ["save"]:
                _save(settings, flags.get("name", "on-demand"))
            case ["ls" | "list"]:
                _list(settings)
            case ["delete"] if words:
                for name in words:
                    _delete(settings, name)
            case ["prune"]:
                _prune(settings, flags.get("name", "on-demand"), int(flags.get("snapshot-retention", "5")))
            case _:
                sys.stderr.write(USAGE + "\n")
                return 1
    except Fatal as wrong:
        sys.stderr.write(f"FATA[0000] {wrong}\n")
        return 1
    return 0


def _flags(argv: list[str]) -> dict[str, str]:
    flags = {}
    for place, word in enumerate(argv):
        if word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            flags[key] = value if equals else (argv[place + 1 : place + 2] or [""])[0]
    return flags


def _folder(settings: Settings) -> Path:
    return Path(settings.one("etcd-snapshot-dir", str(settings.data / "server/db/snapshots")))


def _save(settings: Settings, name: str) -> None:
    try:
        socket.create_connection((settings.local, 9345), timeout=5).close()
    except OSError as wrong:
        where = f"{settings.local}:9345"
        raise Fatal(f'Post "https://{where}/db/snapshot": dial tcp {where}: {wrong.strerror}') from None
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    full, tls = f"{name}-{settings.name}-{int(time.time())}", settings.tls / "etcd"
    done = subprocess.run(
        [
            *("/usr/bin/etcdctl", "--endpoints", f"https://{settings.local}:2379", "--cacert", f"{tls}/server-ca.crt"),
            *("--cert", f"{tls}/client.crt", "--key", f"{tls}/client.key", "snapshot", "save", f"{folder}/{full}"),
        ],
        env=os.environ | {"ETCDCTL_API": "3"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        (folder / f"{full}.part").unlink(missing_ok=True)
        raise Fatal(f"failed to save snapshot: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
    if settings.yes("etcd-s3"):
        Bucket(settings).put(full, (folder / full).read_bytes())
    sys.stderr.write(f"INFO[0000] Snapshot {full} saved.\n")


def _list(settings: Settings) -> None:
    rows = [("Name", "Location", "Size", "Created")]
    for path in sorted(_folder(settings).glob("*")):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime))
        rows.append((path.name, f"file://{path}", str(path.stat().st_size), stamp))
    if settings.yes("etcd-s3"):
        bucket = Bucket(settings)
        rows += [(name, bucket.place(name), str(size), "") for name, size in bucket.listing()]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        sys.stdout.write(" ".join(map(str.ljust, row, widths)).rstrip() + "\n")


def _delete(settings: Settings, name: str) -> None:
    path = _folder(settings) / Path(name).name
    if not path.exists():
        raise Fatal(f"snapshot {name} not found")
    path.unlink()
    sys.stderr.write(f"INFO[0000] Snapshot {name} deleted.\n")


def _prune(settings: Settings, prefix: str, keep: int) -> None:
    found = sorted(_folder(settings).glob(f"{prefix}-{settings.name}-*"), key=lambda path: path.stat().st_mtime)
    for path in found[: max(0, len(found) - keep)]:
        path.unlink()
        sys.stderr.write(f"INFO[0000] Snapshot {path.name} deleted.\n")
