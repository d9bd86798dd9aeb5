"""RKE1 out of a bundle: `rke` and images come from there, each Docker has what its node runs, nobody asks outside."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.daemon import running
from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.outside import demand_none, drop
from tests.lab.rke1.bundle import IMAGES, ON_ETCD, ON_WORKERS, create, image, images_of
from tests.lab.rke1.site import VERSION, Bench, bring_docker
from tests.unit.bundle.shelves import write_bundle_of
from wizard.bundle.docker_load import archive_manifest, deliveries, docker_image
from wizard.distros.rke1.images import LOAD, THERE
from wizard.rollout import events as ev

NODES = 3
LOSE = """
import json, pathlib
for name, key in (("images", "{image}"), ("containers", "kubelet")):
    place = pathlib.Path(f"/var/lib/docker/{{name}}.json")
    place.write_text(json.dumps({{k: v for k, v in json.loads(place.read_text()).items() if k != key}}))
"""
WAY = ("v1.31.9-rancher1-1", "v1.32.5-rancher1-1")
EVERYWHERE = set(IMAGES.values()) - ON_ETCD - ON_WORKERS


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Iterator[Path]:
    bring_docker(lab)
    bench = Bench(lab, operator)
    source = {"kind": "bundle", "path": "site.rwb", "key": "signer.pub", "spread": "fan-out"}
    written = bench.spec(1, 2, source=source)
    said = create(written.parent, [VERSION], (bench.folder / "rke").read_bytes())
    # The wheels of the wizard are left out here, to make no look-ups; nothing else is.
    assert [line for line in said.splitlines() if line.startswith(("missing", "not proven"))] == [
        "missing: wizard/rancher-wizard-0.1.0 (asked for by wizard)"
    ], said
    drop(lab)
    yield written
    demand_none(lab)


def loaded(lab: Lab, node: str) -> set[str]:
    return set(json.loads(lab[node].run("cat /var/lib/docker/images.json").stdout))


def test_a_damaged_image_is_named_and_reaches_no_node(lab: Lab, operator: Operator, spec: Path) -> None:
    place = spec.parent / "site.rwb"
    whole = place.read_bytes()
    part = list(image(IMAGES["ingress"]).blobs.values())[-1]
    at = whole.index(part) + len(part) // 2
    place.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    done = operator.apply(spec)
    place.write_bytes(whole)
    assert done.returncode != 0
    assert IMAGES["ingress"] in done.stdout + done.stderr, done.stdout + done.stderr
    assert lab["n2"].run("ls /var/lib/docker/images.json", check=False).returncode != 0


def test_the_cluster_comes_up_with_what_each_node_s_roles_run(lab: Lab, operator: Operator, spec: Path) -> None:
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert loaded(lab, "n1") == EVERYWHERE | ON_ETCD
    assert loaded(lab, "n2") == loaded(lab, "n3") == EVERYWHERE | ON_WORKERS
    told = [each for each in operator.events() if isinstance(each, ev.StepProgress) and each.step == "send-images"]
    assert any(f"from n{k}," in each.doing for each in told for k in range(1, NODES + 1) if each.node != f"n{k}")
    for node in ("n1", "n2", "n3"):
        assert lab[node].run("ls /var/lib/rancher-wizard/images", check=False).returncode != 0
    assert (operator.state / "rke1" / "rke").stat().st_mode & 0o777 == 0o700


def test_again_there_is_nothing_to_do_and_a_node_that_lost_an_image_gets_that_alone(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    again = operator.apply(spec)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
    lab["n2"].run("python3 -", input=LOSE.format(image=IMAGES["coredns"]))
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert loaded(lab, "n2") == EVERYWHERE | ON_WORKERS
    said = [line for line in done.stdout.splitlines() if "Loaded image" in line]
    assert [line.rpartition("Loaded image: ")[2] for line in said] == [IMAGES["coredns"]]


def test_two_minors_are_crossed_out_of_one_bundle_each_with_its_own_images(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    later = spec.with_name("next.yaml")
    later.write_text(spec.read_text().replace(VERSION, WAY[-1]).replace("site.rwb", "next.rwb"))
    rke = (operator.state / "rke1" / "rke").read_bytes()
    said = create(spec.parent, WAY, rke, "--upgrade-from", VERSION, spec="next", output="next")
    assert f"upgrade {' -> '.join((VERSION, *WAY))}: every release of it is inside" in said
    spec.with_name("site.rwb").unlink()
    done = operator.run("upgrade", "apply", later, "--yes", "--headless", "--output", timeout_s=400)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert loaded(lab, "n2") == EVERYWHERE | ON_WORKERS | {images_of(version)["kubernetes"] for version in WAY}
    again = operator.run("upgrade", "apply", later, "--yes", "--headless")
    assert again.stdout.startswith("nothing to do"), again.stdout + again.stderr


@pytest.fixture
def docker(tmp_path: Path, containerd: Path) -> Iterator[dict[str, str]]:
    """Debian's own Docker, with folders of its own and no network; what its client's environment must hold."""
    environment = {"DOCKER_HOST": f"unix://{tmp_path / 'docker.sock'}", "PATH": "/usr/bin:/bin"}
    # In a namespace of its own, as it binds its folder to itself: what ends badly would leave that behind.
    words = ["unshare", "--mount", "dockerd", "--data-root", tmp_path / "data", "--exec-root", tmp_path / "run"]
    words += ["-p", tmp_path / "pid"]
    words += ["-H", environment["DOCKER_HOST"], "--containerd", containerd, "--storage-driver=vfs"]
    words += ["--iptables=false", "--ip6tables=false", "--bridge=none"]
    with running([*map(str, words)], tmp_path / "docker.log", ["docker", "info"], environment):
        yield environment


def test_a_real_docker_takes_the_images_as_they_lie_in_a_bundle(tmp_path: Path, docker: dict[str, str]) -> None:
    names = {f"docker.io/{name}": image(name) for name in IMAGES.values()} | {"quay.io/a/b:v1": image("b")}
    bundle = write_bundle_of(names, tmp_path / "site.rwb")
    images = [docker_image(bundle, entry, "amd64") for entry in bundle.manifest.entries]
    folder = tmp_path / "images"
    (folder / "blobs").mkdir(parents=True)
    for each in deliveries(bundle, images, str(folder)):
        Path(each.dest).write_bytes(each.source.read(0, each.size_bytes))
    (folder / "manifest.json").write_bytes(archive_manifest(images))
    environment = os.environ | docker

    def run(script: str, *words: str) -> str:
        done = subprocess.run(
            ["sh", "-s", *words], input=script, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run(THERE.text, *(each.name for each in images)) == ""
    assert run(LOAD.text, str(folder)).count("Loaded image:") == len(images)
    there = dict(
        line.removeprefix("image=").split(" ", 1) for line in run(THERE.text, *(i.name for i in images)).splitlines()
    )
    assert {name: tuple(layers.split()) for name, layers in there.items()} == {
        each.name: each.layers_unpacked for each in images
    }
    assert not folder.exists()
