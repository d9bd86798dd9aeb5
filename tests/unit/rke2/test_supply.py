"""How the release reaches the nodes: the stage before all others, what the plan says of it, and the room needed."""

import os

import pytest
import yaml

from tests.unit.rke2.conftest import HEAD, NODES, facts_of
from wizard.distros.rke2.artifacts import gets_images
from wizard.distros.rke2.install import install
from wizard.distros.rke2.needs import ports
from wizard.distros.rke2.room import Place, needs, read_places
from wizard.distros.rke2.state import CONFIG, IMAGES, REGISTRIES
from wizard.errors import BadSpec
from wizard.hosts.upload import Delivery, Extent
from wizard.spec.load import read_spec

SOURCE = "source: {{kind: folder, path: artifacts, spread: {}}}\n"
MIB = 1 << 20


@pytest.fixture
def artifacts(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir()
    for name, size in (("rke2.linux-amd64.tar.gz", 30), ("rke2-images.linux-amd64.tar.zst", 800)):
        with (folder / name).open("wb") as file:
            os.truncate(file.fileno(), size * MIB)
    return folder


def test_large_files_go_to_all_nodes_before_anything_is_installed(make_site, artifacts):
    plan = install(make_site(SOURCE.format("auto")))
    first = plan.stages[0]
    assert (first.key, first.nodes, first.at_once) == ("spread", ("cp-1", "cp-2", "cp-3", "w-1", "w-2"), 5)
    assert [step.key for step in first.steps] == ["reach", "claim", "artifacts"]
    (note,) = [note for note in plan.notes if note.startswith("Release files")]
    assert "830 MiB to 5 nodes: they hand them on to each other" in note
    assert note.count("about") == 2
    # Proven once more when their turn comes: a copy that was changed since is found before it is used.
    assert all("artifacts" in [step.key for step in stage.steps] for stage in plan.stages[1:])


def test_the_spec_decides_where_it_says_so(make_site, artifacts):
    star = install(make_site(SOURCE.format("star")))
    assert "spread" not in [stage.key for stage in star.stages]
    assert any("from here to each" in note for note in star.notes)
    for path in artifacts.iterdir():
        os.truncate(path, MIB)
    assert install(make_site(SOURCE.format("auto"))).stages[0].key == "first-server"
    assert install(make_site(SOURCE.format("fan-out"))).stages[0].key == "spread"


def test_one_node_has_nobody_to_hand_anything_on_to(make_site, artifacts):
    plan = install(make_site(SOURCE.format("fan-out"), nodes=NODES.split("  - {name: cp-2")[0]))
    assert [stage.key for stage in plan.stages] == ["first-server"]


def test_images_that_are_there_need_not_come(make_site, artifacts):
    site = make_site(SOURCE.format("auto"))
    for node in site.spec.nodes:
        line = f"x.rke2.image={800 * MIB} {IMAGES}/rke2-images.linux-amd64.tar.zst"
        site.survey.learn(node.name, facts_of([line]))
    plan = install(site)
    assert plan.stages[0].key == "first-server"
    assert any("up to 30 MiB" in note for note in plan.notes)


def test_where_the_firewall_may_be_opened_it_is_before_nodes_ask_each_other(make_site, artifacts):
    plan = install(make_site(SOURCE.format("auto") + "prepare: {firewall: open}\n"))
    assert [step.key for step in plan.stages[0].steps] == ["reach", "claim", "firewall", "artifacts"]


def test_by_the_embedded_registry_only_the_node_that_begins_gets_images(make_site, artifacts):
    site = make_site(SOURCE.format("registry"))
    plan = install(site)
    assert [stage.key for stage in plan.stages] == ["first-server", "servers", "agents"]
    assert [gets_images(site, node.name) for node in site.spec.nodes] == [True, False, False, False, False]
    (note,) = [note for note in plan.notes if note.startswith("Release files")]
    assert "images to the first server only" in note
    shown = {file.path: file.shown for file in plan.files("w-1")}
    assert yaml.safe_load(shown[REGISTRIES])["mirrors"] == {"docker.io": {}}
    assert "embedded-registry" not in yaml.safe_load(shown[CONFIG])
    assert all(
        yaml.safe_load(next(file.shown for file in plan.files(name) if file.path == CONFIG))["embedded-registry"]
        for name in ("cp-1", "cp-2", "cp-3")
    )
    assert {"5001/tcp", "9345/tcp"} <= set(ports(site.spec, site.spec.node("w-1")))


def test_what_the_spec_says_of_a_registry_stands_beside_what_nodes_share(make_site, artifacts):
    extra = "registries: {mirrors: {docker.io: {endpoint: [https://hub.test]}}, system_default_registry: reg.test}\n"
    plan = install(make_site(SOURCE.format("registry") + extra))
    shown = next(file.shown for file in plan.files("w-1") if file.path == REGISTRIES)
    assert yaml.safe_load(shown)["mirrors"] == {"reg.test": {}, "docker.io": {"endpoint": ["https://hub.test"]}}


@pytest.mark.parametrize("version", ["v1.34.1+rke2r1", "v1.33.5+rke2r1", "v1.28.15+rke2r1"])
def test_a_release_whose_registry_brings_no_node_up_is_refused(version):
    text = HEAD.replace("v1.34.2+rke2r1", version) + NODES + SOURCE.format("registry")
    with pytest.raises(BadSpec, match="embedded registry"):
        read_spec(text.encode(), name="cluster.yaml")


def delivery(name, size, tmp_path):
    source = tmp_path / name
    source.write_bytes(bytes(size))
    return Delivery(Extent.whole(source), f"{IMAGES}/{name}", "a" * 64)


def test_room_is_asked_for_what_still_comes_and_for_what_it_unpacks_to(tmp_path):
    images = delivery("rke2-images.tar.zst", 900, tmp_path)
    other = Delivery(images.source, "/var/lib/rancher-wizard/artifacts/rke2.tar.gz", "b" * 64)
    places = {
        images.dest: Place("1", 10, 0),
        images.part: Place("1", 10, 300),
        other.dest: Place("2", 10, 900),
        "/usr/local": Place("3", 10, 0),
    }
    assert needs((images, other), places, unpacked=False) == {
        "1": (600, 1800, images.dest),
        "3": (0, 1800, "/usr/local"),
    }
    assert needs((other,), places, unpacked=True) == {}


def test_an_old_file_of_another_size_gives_no_room(tmp_path):
    images = delivery("rke2-images.tar.zst", 900, tmp_path)
    places = {images.dest: Place("1", 10, 700), images.part: Place("1", 10, 0)}
    assert needs((images,), places, unpacked=True)["1"] == (900, 1800, images.dest)


def test_what_a_node_says_of_its_room_is_read_whatever_it_is():
    said = ["room=1 20 30 /a b", "room=1 x 30 /c", "room=1 20", "motd", "room=7 0 0 /"]
    assert read_places(said) == {"/a b": Place("1", 20, 30), "/": Place("7", 0, 0)}
