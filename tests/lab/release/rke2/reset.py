"""`rke2 server --cluster-reset`: etcd made a cluster of this one member, out of a snapshot or of what is on disk."""

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import pods, registry
from .journal import Fatal, say
from .membership import Place
from .s3 import Bucket
from .settings import Settings, write
from .token import Refused, Token
from .version import COMMIT, VERSION
from .web import Listener

CLIENT, PEER = "http://127.0.0.1:2399", "http://127.0.0.1:2398"
"""Where the datastore answers meanwhile: no other machine may ask it, and it has no certificates yet."""
ANSWERS_S = 60
SERVER_URL = "cannot perform cluster-reset while server URL is set - remove server from configuration before resetting"
NO_RESET = "invalid flag use; --cluster-reset required with --cluster-reset-restore-path"
BEFORE = (
    "Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start rke2 "
    "normally. If you need to perform another cluster reset, you must first manually delete the file at {}"
)
DONE = (
    "Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete "
    "${datadir}/server/db on each peer etcd server and rejoin the nodes"
)


def flag(settings: Settings) -> Path:
    """Return the file that says that a reset was done; a normal start removes it."""
    return settings.data / "server/db/reset-flag"


def reset(settings: Settings) -> None:
    """Do it and return; raises Fatal with what the real one says."""
    snapshot = settings.one("cluster-reset-restore-path")
    if settings.one("server"):
        raise Fatal(SERVER_URL)
    if flag(settings).exists():
        raise Fatal(BEFORE.format(flag(settings)))
    say(f"Starting rke2 {VERSION} ({COMMIT})")
    _no_service(settings)
    say("Static pod cleanup in progress")
    for name in ("kube-apiserver", "etcd"):
        pods.stop(name)
    say("Static pod cleanup completed successfully")
    place = Place(settings)
    if snapshot and settings.yes("etcd-s3"):
        snapshot = str(_fetched(settings, snapshot))
    if snapshot:
        _restore(settings, place, Path(snapshot))
    elif not place.exists:
        raise Fatal("cluster-reset: no etcd data is on disk; a snapshot is needed: --cluster-reset-restore-path")
    with _answering(place):
        _authorities(settings, _password(settings))
    write(flag(settings), "")
    say(DONE)


def _fetched(settings: Settings, name: str) -> Path:
    """With a bucket configured, what is named is an object there, whatever it looks like."""
    folder = Path(settings.one("etcd-snapshot-dir", str(settings.data / "server/db/snapshots")))
    folder.mkdir(parents=True, exist_ok=True)
    data = Bucket(settings).get(name)
    (folder / Path(name).name).write_bytes(data)
    return folder / Path(name).name


def _no_service(settings: Settings) -> None:
    """The service holds the ports that a reset opens too."""
    Listener(settings.one("bind-address", "0.0.0.0"), 9345, None, lambda request: "").server_close()


def _restore(settings: Settings, place: Place, snapshot: Path) -> None:
    if not snapshot.exists():
        raise Fatal(f"etcd: snapshot path does not exist: {snapshot}")
    if snapshot.is_dir():
        raise Fatal(f"etcd: snapshot path must be a file, not a directory: {snapshot}")
    _password(settings)
    folder = Path(place.folder)
    if folder.exists():
        old = folder.with_name(f"etcd-old-{int(time.time())}")
        folder.rename(old)
        say(f"Pre-restore etcd database moved to {old}")
    made = folder.with_name("etcd-restored")
    shutil.rmtree(made, ignore_errors=True)
    made.parent.mkdir(parents=True, exist_ok=True)
    name = place.new_name()
    done = subprocess.run(
        [
            *("/usr/bin/etcdctl", "snapshot", "restore", str(snapshot), "--name", name, "--data-dir", str(made)),
            *("--initial-cluster", f"{name}={place.peer}", "--initial-advertise-peer-urls", place.peer),
        ],
        env=os.environ | {"ETCDCTL_API": "3"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Fatal(f"etcd: failed to restore snapshot: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
    write(made / "name", name)
    made.rename(folder)


@contextmanager
def _answering(place: Place) -> Iterator[None]:
    """Run the datastore for this program alone, as a cluster of one whatever its data says."""
    process = subprocess.Popen(
        [
            *("/usr/bin/etcd", "--name", place.name, "--data-dir", place.folder, "--force-new-cluster"),
            *("--listen-client-urls", CLIENT, "--advertise-client-urls", CLIENT, "--listen-peer-urls", PEER),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + ANSWERS_S
        while _ctl("endpoint", "health").returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Fatal("failed to start etcd for the reset: its data is damaged or of another version")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _ctl(*words: str) -> subprocess.CompletedProcess[str]:
    argv = ["/usr/bin/etcdctl", "--endpoints", CLIENT, *words]
    return subprocess.run(argv, env=os.environ | {"ETCDCTL_API": "3"}, capture_output=True, text=True)


def _password(settings: Settings) -> str:
    known = settings.data / "server/token"
    text = settings.one("token") or (known.read_text().strip() if known.exists() else "")
    if not text:
        raise Fatal(f"{known} does not exist, please pass --token to complete the restoration")
    try:
        return Token.parse(text, "server").password
    except Refused as wrong:
        raise Fatal(f"starting kubernetes: preparing server: {wrong}") from None


def _authorities(settings: Settings, password: str) -> None:
    """Put the CAs of the datastore on disk, what was there beside them."""
    found = json.loads(_ctl("get", "--prefix", registry.BOOTSTRAP, "-w", "json").stdout or "{}").get("kvs", [])
    sealed = {b64decode(each["key"]).decode(): b64decode(each["value"]).decode() for each in found}
    key = registry.bootstrap_key(password)
    if sealed and key not in sealed:
        raise Fatal("bootstrap data already found and encrypted with different token")
    if not sealed:
        raise Fatal("no bootstrap data is in the datastore: the snapshot is not of a cluster of this kind")
    if settings.tls.exists():
        shutil.copytree(settings.tls, settings.tls.with_name(f"tls-{int(time.time())}"))
    for name, text in registry.unseal(sealed[key], password).items():
        write(settings.tls / name, text, 0o600 if name.endswith(".key") else 0o644)
