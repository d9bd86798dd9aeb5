"""A cluster out of a signed bundle, with every packet that would leave the site counted: there is none."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import network
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, listing
from tests.lab.specs import VERSION
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.bundle.format.write import write_bundle

NODES = 3
# What goes to another site, or asks for one: multicast and broadcast stay on the bridge.
COUNTERS = f"""
table inet outside {{
    chain to {{ type filter hook output priority 0;
        ip daddr != {{ {network.NET}.0/24, 127.0.0.0/8, 224.0.0.0/4, 255.255.255.255 }} counter drop; }}
    chain through {{ type filter hook forward priority 0;
        ip daddr != {{ {network.NET}.0/24, 224.0.0.0/4 }} counter drop; }}
}}
"""


@pytest.fixture(scope="module")
def operator(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(lab, tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Iterator[None]:
    """Lead what would go outside to where it is counted and dropped; in the end, none must have come."""
    lab.jump("ip", "route", "add", "default", "dev", network.BRIDGE)
    lab.jump("nft", COUNTERS)
    yield
    rules = lab.jump("nft", "list", "table", "inet", "outside").stdout
    counts = [line.split("counter packets ")[1].split()[0] for line in rules.splitlines() if "counter packets" in line]
    assert counts == ["0", "0"], rules


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, outside: None) -> Path:
    path = lab.home / "site.rwb"
    write(lab.release, path)
    made = operator.run("bundle", "keygen", lab.home / "signer")
    assert made.returncode == 0, made.stderr
    signed = operator.run("bundle", "sign", path, "--key", lab.home / "signer")
    assert signed.returncode == 0, signed.stderr
    return lab.spec(servers=1, agents=2, source={"kind": "bundle", "path": "site.rwb", "key": "signer.pub"})


def write(release: Path, path: Path) -> None:
    """Write the release as `bundle create` does; the stand-in's archive is one set of images."""
    files = {each.name: each for each in release.iterdir() if each.is_file()}
    digests = {name: hashlib.sha256(each.read_bytes()).hexdigest() for name, each in files.items()}
    entries = [
        Entry(kind="file", name=f"rke2/{VERSION}/{name}", sha256=digest, source="the lab", roles=("server", "agent"))
        for name, digest in digests.items()
    ]
    blobs = [Blob(sha256=digests[name], size_bytes=each.stat().st_size) for name, each in files.items()]
    by_digest = {digest: files[name] for name, digest in digests.items()}
    write_bundle(path, Head.of(new_manifest("lab", entries, blobs)), lambda digest: by_digest[digest].open("rb"))


def test_one_that_nobody_trusted_signed_is_refused_before_anything_is_sent(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    source = {"kind": "bundle", "path": "site.rwb"}
    done = operator.apply(changed_spec(spec, source=source))
    assert done.returncode == 3
    assert "is signed by SHA256:" in done.stderr
    assert "trusted is nobody" in done.stderr
    assert lab["n1"].run("ls /var/lib/rancher-wizard 2>/dev/null", check=False).stdout == ""


def test_a_changed_blob_is_named_and_reaches_no_node(lab: Lab, operator: Operator, spec: Path) -> None:
    whole = (lab.home / "site.rwb").read_bytes()
    at = whole.index((lab.release / "rke2.linux-amd64.tar.gz").read_bytes()[:64]) + 100
    (lab.home / "bad.rwb").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    source = {"kind": "bundle", "path": "bad.rwb", "key": "signer.pub"}
    done = operator.apply(changed_spec(spec, source=source))
    assert done.returncode == 1
    assert "rke2.linux-amd64.tar.gz: sha256 is" in done.stdout
    assert lab["n1"].run("ls /usr/local/bin/rke2", check=False).returncode != 0


def test_a_cluster_comes_up_out_of_the_bundle(lab: Lab, operator: Operator, spec: Path) -> None:
    changed_spec(spec, source={"kind": "bundle", "path": "site.rwb", "key": "signer.pub"})
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(cluster_nodes(lab["n1"]).values()) == {"Ready"}


def test_again_there_is_nothing_to_do(lab: Lab, operator: Operator, spec: Path) -> None:
    before = listing(lab)
    done = operator.apply(spec)
    assert (done.returncode, "nothing to do" in done.stdout) == (0, True), done.stdout + done.stderr
    assert listing(lab) == before
