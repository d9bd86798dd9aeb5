"""Bundles against what is not ours: kills, Debian's registry, skopeo, containerd."""

import asyncio
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.lab.machine import install_packages
from tests.unit.bundle.images import make_image
from tests.unit.bundle.publishers import published, words, write_spec
from tests.unit.bundle.shelves import write_bundle_of
from tests.unit.bundle.web import Answer, Asked, Web, serving

KILLS = 10


async def create(
    folder: Path, web: Web, cache: str, running: list[asyncio.subprocess.Process] | None = None
) -> tuple[int, str]:
    """Run `bundle create` as a process that can be killed; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard.cli.main", *words(folder, web.url, cache)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    if running is not None:
        running[:] = [process]
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_killed_at_ten_points_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    write_spec(tmp_path)
    right, random = published(), Random(7)
    running: list[asyncio.subprocess.Process] = []
    until = 0

    def answer(asked: Asked) -> Answer:
        nonlocal until
        until -= 1
        given = right(asked)
        if until == 0 and running:
            running[0].kill()
        return (
            given
            if until
            else Answer(given.status, given.body, given.headers, cut=random.randrange(1 + len(given.body)))
        )

    async with serving(answer) as web:
        undisturbed, _ = await create(tmp_path, web, "quiet")
        whole = (tmp_path / "site.rwb").read_bytes()
        (tmp_path / "site.rwb").unlink()
        for _ in range(KILLS):
            until = random.randint(1, 8)
            code, said = await create(tmp_path, web, "cache", running=running)
            assert code == -9, said
            assert not (tmp_path / "site.rwb").exists()
        until = 0
        code, said = await create(tmp_path, web, "cache")
    assert undisturbed == code, said
    assert (tmp_path / "site.rwb").read_bytes() == whole


IMAGES = {
    "docker.io/rancher/rancher:v2": make_image("rancher"),
    "docker.io/rancher/shell:v1": make_image("shell", docker=True),
    "quay.io/jetstack/webhook:v1": make_image("webhook"),
}
WIZARD = (sys.executable, "-m", "wizard.cli.main", "bundle")


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    install_packages({"docker-registry": "docker-registry", "skopeo": "skopeo", "ctr": "containerd"})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_bundle_of(IMAGES, tmp_path / "site.rwb")
    return tmp_path / "site.rwb"


@dataclass
class Served:
    host: str
    ca_file: Path
    password: str


def run(*words: str, **more: str) -> bytes:
    done = subprocess.run(words, capture_output=True, env={**os.environ, **more}, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at {port}")


@contextmanager
def running(*words: str, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **more})
    try:
        wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def served(bundle: Path, tmp_path: Path) -> Iterator[Served]:
    port, state = free_port(), {"XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("serve", "--unsigned", str(bundle), "--port", str(port), "--name", "localhost", "--name", "127.0.0.1")
    with running(*WIZARD, *words, port=port, **state):
        password = run(*WIZARD, "serve", "--unsigned", str(bundle), "--show-password", **state).decode().strip()
        folder = tmp_path / "state" / "rancher-wizard" / ".registry"
        yield Served(f"localhost:{port}", folder / "registry-ca.crt", password)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Debian's docker-registry, empty."""
    port = free_port()
    config = tmp_path / "registry.yml"
    storage = {"filesystem": {"rootdirectory": str(tmp_path / "registry")}, "delete": {"enabled": True}}
    config.write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}))
    with running("docker-registry", "serve", str(config), port=port):
        yield f"127.0.0.1:{port}"


def blobs_in(folder: Path) -> set[str]:
    """Return the sha256 of every file that skopeo wrote, read anew."""
    names = (path for path in folder.rglob("*") if path.is_file() and re.fullmatch("[0-9a-f]{64}", path.name))
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in names}


def test_skopeo_pulls_what_is_served_by_digest_four_at_once_and_gets_the_same_bytes(
    served: Served, tmp_path: Path
) -> None:
    made = IMAGES["docker.io/rancher/rancher:v2"]
    login = ("--src-creds", f"rancher-wizard:{served.password}", "--src-cert-dir", str(tmp_path / "certs"))
    (tmp_path / "certs").mkdir()
    shutil.copy(served.ca_file, tmp_path / "certs" / "ca.crt")
    source = f"docker://{served.host}/rancher/rancher@{made.digest}"
    child = next(iter(made.index["manifests"]))["digest"]
    pulls = [
        subprocess.Popen(("skopeo", "copy", "-q", "--preserve-digests", *login, source, f"dir:{tmp_path / str(each)}"))
        for each in range(4)
    ]
    assert [pull.wait(timeout=120) for pull in pulls] == [0] * 4
    wanted = {digest.removeprefix("sha256:") for digest in made.blobs}
    for each in range(4):
        assert blobs_in(tmp_path / str(each)) < wanted
        assert hashlib.sha256((tmp_path / str(each) / "manifest.json").read_bytes()).hexdigest() in child


def test_without_the_password_skopeo_gets_nothing(served: Served, tmp_path: Path) -> None:
    source = f"docker://{served.host}/rancher/rancher:v2"
    words = ("skopeo", "inspect", "--no-creds", "--tls-verify=false", source)
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode == 0, "unauthorized" in done.stderr.lower()) == (False, True)


def _mirrored(served: Served, folder: Path) -> Path:
    """Tell containerd, as RKE2 does, that the registry stands in for quay.io."""
    hosts = folder / "hosts" / "quay.io" / "hosts.toml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text(f'[host."https://{served.host}"]\ncapabilities = ["pull", "resolve"]\nca = "{served.ca_file}"\n')
    return hosts.parent.parent


def test_containerd_fetches_what_is_served_in_place_of_another_registry(served: Served, tmp_path: Path) -> None:
    config, address = tmp_path / "containerd.toml", str(tmp_path / "containerd.sock")
    config.write_text(
        f'version = 2\nroot = "{tmp_path}/root"\nstate = "{tmp_path}/state"\n[grpc]\naddress = "{address}"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
    )
    daemon = subprocess.Popen(("containerd", "-c", str(config)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if Path(address).exists():
                break
            time.sleep(0.05)
        login = ("--user", f"rancher-wizard:{served.password}", "--hosts-dir", str(_mirrored(served, tmp_path)))
        name = "quay.io/jetstack/webhook:v1"
        run("ctr", "--address", address, "content", "fetch", "--platform", "linux/amd64", *login, name)
        listed = run("ctr", "--address", address, "content", "ls", "-q").decode().split()
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
    made = IMAGES["quay.io/jetstack/webhook:v1"]
    assert made.digest in listed
    assert len(set(listed) & made.blobs.keys()) == 3


def test_what_is_pushed_is_pulled_by_digest_and_nothing_is_sent_twice(
    bundle: Path, registry: str, tmp_path: Path
) -> None:
    first = run(*WIZARD, "push", "--unsigned", str(bundle), registry, "--plain-http").decode()
    again = run(*WIZARD, "push", "--unsigned", str(bundle), registry, "--plain-http").decode()
    assert " 0 B sent" in again
    assert len(re.findall(r" 0 B sent", again)) == len(IMAGES)
    assert "mirrors:" in first
    for name, made in IMAGES.items():
        path = name.removeprefix("docker.io/").rpartition(":")[0]
        digest = re.search(rf"^{path}:\S+@(sha256:\w+)", first, re.MULTILINE)
        assert digest is not None
        children = [each["digest"] for each in made.index["manifests"] if each["platform"]["os"] == "linux"]
        for rank, child in enumerate(children):
            folder = tmp_path / path / str(rank)
            folder.mkdir(parents=True)
            source = f"docker://{registry}/{path}@{child}"
            run("skopeo", "copy", "-q", "--src-tls-verify=false", "--preserve-digests", source, f"dir:{folder}")
            assert hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest() == child[7:]
            assert len(blobs_in(folder)) == 3
        raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{registry}/{path}@{digest[1]}")
        assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == digest[1]
