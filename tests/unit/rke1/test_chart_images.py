"""Images of what is on top of RKE1 come out of the bundle into the Docker of workers, before the charts."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.unit.checks.specs import spec
from tests.unit.rke1.bundled import bundle_of_images
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.designs import MEDIUM
from wizard import whole
from wizard.checks.outward import image_hosts
from wizard.distros.rke1.carried_images import Carried, on_top, refuse_other_images
from wizard.errors import WizardError
from wizard.hosts.facts import read_facts

METALLB = "metallb: {version: 0.15.3, pools: [{name: apps, addresses: [10.0.0.240/28]}]}\n"
IMAGES = ("quay.io/metallb/controller:v0.15.3", "quay.io/metallb/speaker:v0.15.3")
WORKERS = ("work-1", "work-2", "work-3")


def stages(make_site: MakeSite, text: str, *, only: str = "", there: dict[str, tuple[str, ...]] | None = None):
    site = make_site(MEDIUM + text)
    for node, images in (there or {}).items():
        site.survey.learn(node, read_facts(["x.rke1.docker=27.5.1", *(f"x.rke1.image={name}" for name in images)]))
    return {stage.key: stage.nodes for stage in whole.plan(site, only=only).stages}


def test_workers_get_them_after_the_cluster_and_before_the_charts(make_site: MakeSite, tmp_path: Path) -> None:
    found = stages(make_site, METALLB + bundle_of_images(tmp_path, more=IMAGES))
    assert found["chart-images"] == WORKERS
    assert list(found).index("ready" if "ready" in found else "worker") < list(found).index("chart-images")
    assert list(found).index("chart-images") < list(found).index("metallb")
    assert len(found["images"]) == 6


def test_those_that_have_them_are_left_alone(make_site: MakeSite, tmp_path: Path) -> None:
    source = bundle_of_images(tmp_path, more=IMAGES)
    there = {"work-1": IMAGES, "work-2": IMAGES[:1], "work-3": (*IMAGES, "rancher/pause:3.7")}
    assert stages(make_site, METALLB + source, there=there)["chart-images"] == ("work-2",)
    assert "chart-images" not in stages(make_site, source, there=there)


def test_they_come_along_where_a_part_alone_is_carried_out(make_site: MakeSite, tmp_path: Path) -> None:
    text = METALLB + bundle_of_images(tmp_path, more=IMAGES)
    assert list(stages(make_site, text, only="metallb")) == ["chart-images", "metallb"]
    assert "chart-images" not in stages(make_site, text, only="balancer")


def test_one_that_the_bundle_lacks_is_named_before_anything_is_done(make_site: MakeSite, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match=r"site\.rwb: quay\.io/metallb/speaker:v0\.15\.3 is not in it"):
        stages(make_site, METALLB + bundle_of_images(tmp_path, more=IMAGES[:1]))


def test_what_a_registry_has_is_not_loaded(make_site: MakeSite, tmp_path: Path) -> None:
    source = bundle_of_images(tmp_path)
    site = "registries: {system_default_registry: 'reg.lan:5000'}\n"
    assert "chart-images" not in stages(make_site, METALLB + source + site)
    own = "rancher: {version: 2.11.3, hostname: r.example.com, system_default_registry: 'reg.lan:5000'}\n"
    rancher = make_site(MEDIUM + own + source)
    assert on_top(rancher, Carried(rancher, on_top).bundle, ("worker",)) == ()


def test_the_check_tells_no_registry_that_nobody_will_ask() -> None:
    given = {"distribution": "rke1", "version": "v1.30.14-rancher1-1", "source": {"kind": "bundle", "path": "x"}}
    pools = {"pools": [{"name": "a", "addresses": ["10.0.0.240/28"]}]}
    assert image_hosts(spec(**given, metallb=pools)) == {}
    assert image_hosts(spec(**given | {"source": {"kind": "folder", "path": "x"}}, metallb=pools)).keys() == {
        "docker.io",
        "quay.io",
    }


OWN = """#!/bin/sh
echo 'time="2026-01-01" level=info msg="Generating images list for version [v1.30.14-rancher1-1]:"'
printf '%s\\n' rancher/kubernetes:v1 {etcd}
"""


@pytest.mark.parametrize(("etcd", "fits"), [("rancher/etcd:v1", True), ("rancher/etcd:v2", False)])
def test_an_rke_of_one_s_own_that_runs_other_images_than_the_bundle_brings_is_refused(
    make_site: MakeSite, tmp_path: Path, etcd: str, fits: bool
) -> None:
    own = tmp_path / "rke"
    own.write_text(OWN.format(etcd=etcd))
    own.chmod(0o755)
    site = make_site(MEDIUM + bundle_of_images(tmp_path) + f"rke1: {{binary: {own}}}\n")
    told = nullcontext() if fits else pytest.raises(WizardError, match=r"brings: docker\.io/rancher/etcd:v1$")
    with told:
        refuse_other_images(site, own)
