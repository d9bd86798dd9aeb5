"""How the release reaches the nodes: the stage before all others, what the plan says of it, and the room needed."""

import os

import pytest

from tests.unit.rke2.conftest import NODES, facts_of
from wizard.distros.rke2.install import install
from wizard.distros.rke2.room import Place, needs, read_places
from wizard.distros.rke2.state import IMAGES
from wizard.hosts.upload import Delivery, Extent

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
