"""Images of what is on top of RKE2 come out of the bundle into the containerd of nodes that run them, before charts."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.bundle import images, site
from tests.unit.bundle.site import digest_of, given_image, write_signed
from tests.unit.rke2.conftest import MakeSite, facts_of
from tests.unit.simulator.simulated import Simulated
from wizard import whole
from wizard.bundle.format.manifest import Entry
from wizard.distros.rke2.carried_images import Carried
from wizard.distros.rke2.import_images import LOOK, ImportImages
from wizard.distros.rke2.on_top import CHARTS
from wizard.errors import StepFailed, WizardError
from wizard.hosts.facts import probe
from wizard.profiles import profile
from wizard.rollout.step import Work
from wizard.site import Site

METALLB = "metallb: {version: 0.15.3, pools: [{name: apps, addresses: [10.0.0.240/28]}]}\n"
RANCHER = "rancher: {version: 2.13.3, hostname: r.example.com}\n"
KUBE_VIP = "balancer: {kind: kube-vip, vip: 10.0.0.100}\n"
IMAGES = ("quay.io/metallb/controller:v0.15.3", "quay.io/metallb/speaker:v0.15.3")
VIP_IMAGE = "{image}:{version}".format(**profile("kube-vip"))
RANCHER_LIST, RANCHER_IMAGE = "rancher/2.13.3/rancher-images.txt", "docker.io/rancher/rancher:v2.13.3"
CERT_MANAGER = ("controller", "webhook", "cainjector", "startupapicheck", "acmesolver")
CHART = "charts/metallb-0.15.3.tgz"
Given = Iterable[tuple[Entry | None, bytes]]
SERVERS = ("cp-1", "cp-2", "cp-3")
UNTAINTED = ("cp-1", "cp-2", "cp-3", "w-2")


def source(folder: Path, names: Iterable[str] = IMAGES, *, more: Given = (), **lists: str) -> str:
    """Write a signed bundle of images and publishers' lists; return the line of a spec for it."""
    chart = b"chart"
    given = [each for name in names for each in given_image(name)]
    given.append((Entry(kind="chart", name=CHART, sha256=digest_of(chart), source="x"), chart))
    for name, text in lists.items():
        data = text.encode()
        given.append((Entry(kind="list", name=name, sha256=digest_of(data), source="x"), data))
    made = write_signed(folder, *given, *more)
    return f"source: {{kind: bundle, path: {made.path}, key: {made.key}}}\n"


def keys(site: Site, *, only: str = "") -> dict[str, tuple[str, ...]]:
    return {stage.key: stage.nodes for stage in whole.plan(site, only=only).stages}


def having(site: Site, *nodes: str, names: Iterable[str] = IMAGES, more: Iterable[str] = ()) -> Site:
    """Let nodes have all archives, and these images."""
    carried = Carried(site, CHARTS)
    for node in nodes:
        archives = [f"x.rke2.archive={each.size_bytes} {each.name}" for each in carried.of(node)]
        site.survey.learn(node, facts_of([*archives, *more, *(f"x.rke2.held={name}" for name in names)]))
    return site


def test_nodes_that_take_the_pods_get_them_after_the_cluster_and_before_the_charts(
    make_site: MakeSite, tmp_path: Path
) -> None:
    found = keys(make_site(METALLB + source(tmp_path)))
    assert found["chart-images"] == UNTAINTED
    assert list(found).index("agents") < list(found).index("chart-images") < list(found).index("metallb")
    assert "vip-images" not in found


def test_taints_keep_images_away_as_they_keep_pods(make_site: MakeSite, tmp_path: Path) -> None:
    nodes = "nodes:\n" + "".join(
        f"  - {{name: {name}, address: 10.0.0.{rank}, role: {role}, taints: [{taint}]}}\n"
        for rank, (name, role, taint) in enumerate(
            (
                ("cp-1", "server", '"node-role.kubernetes.io/control-plane:NoSchedule"'),
                ("cp-2", "server", '"CriticalAddonsOnly=true:NoExecute"'),
                ("cp-3", "server", '"node-role.kubernetes.io/control-plane=true:NoSchedule"'),
                ("w-1", "agent", '"spot=true:PreferNoSchedule"'),
            ),
            start=11,
        )
    )
    cert_manager = [f"quay.io/jetstack/cert-manager-{name}:v1.21.1" for name in CERT_MANAGER]
    lists = source(tmp_path, [*IMAGES, RANCHER_IMAGE, *cert_manager], **{RANCHER_LIST: "rancher/rancher:v2.13.3\n"})
    carried = Carried(make_site(METALLB + RANCHER + lists, nodes=nodes), CHARTS)
    parts = {name: [each.name.split("-")[2] for each in carried.of(name)] for name in (*SERVERS, "w-1")}
    assert parts == {"cp-1": ["metallb"], "cp-2": [], "cp-3": ["metallb"], "w-1": ["cert", "metallb", "rancher"]}


def test_those_that_have_all_are_left_alone_and_what_is_of_an_earlier_spec_is_not(
    make_site: MakeSite, tmp_path: Path
) -> None:
    text = METALLB + source(tmp_path)
    assert "chart-images" not in keys(having(make_site(text), *UNTAINTED))
    site = having(make_site(text), "cp-1", "cp-2", "cp-3")
    assert keys(site)["chart-images"] == ("w-2",)
    assert keys(having(site, "w-2", names=IMAGES[:1]))["chart-images"] == ("w-2",)
    old = "x.rke2.archive=9 rancher-wizard-{}-0123456789ab.tar"
    assert keys(having(site, "w-2", more=[old.format("metallb")]))["chart-images"] == ("w-2",)
    assert keys(having(site, "w-2", more=[old.format("upgrade-controller")]))["chart-images"] == ("w-2",)
    by = having(make_site(text + "upgrade: {by: controller}\n"), *UNTAINTED, more=[old.format("upgrade-controller")])
    assert "chart-images" not in keys(by)


def test_they_come_along_where_a_part_alone_is_carried_out(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site(METALLB + source(tmp_path))
    assert list(keys(site, only="metallb")) == ["chart-images", "metallb"]
    assert "chart-images" not in keys(site, only="balancer")
    names = whole.names(site.spec, only="metallb")
    assert sorted(names) == sorted({*UNTAINTED, *names})


def test_servers_get_kube_vip_s_before_rke2_starts_and_before_its_manifest(make_site: MakeSite, tmp_path: Path) -> None:
    site = make_site(KUBE_VIP + source(tmp_path, [VIP_IMAGE]))
    plan = whole.plan(site)
    by_key = {stage.key: stage for stage in plan.stages}
    for key in ("first-server", "servers"):
        steps = [step.key for step in by_key[key].steps]
        assert steps.index("place-vip-images") < steps.index("start")
    assert "place-vip-images" not in [step.key for step in by_key["agents"].steps]
    assert by_key["vip-images"].nodes == SERVERS
    assert list(by_key).index("vip-images") < list(by_key).index("kube-vip")
    assert list(keys(site, only="balancer")) == ["vip-images", "kube-vip"]


def test_nodes_that_join_a_cluster_that_is_there_have_them_before_they_start(
    make_site: MakeSite, tmp_path: Path
) -> None:
    text = METALLB + source(tmp_path)

    def placing(site: Site) -> set[str]:
        plan = whole.plan(site)
        return {stage.key for stage in plan.stages if "place-images" in [step.key for step in stage.steps]}

    assert placing(make_site(text)) == set()
    assert placing(make_site(text, secrets={"ca-hash": "0" * 64})) == {"servers", "agents"}


def test_one_that_the_bundle_lacks_is_named_before_anything_is_done(make_site: MakeSite, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match=r"site\.rwb: quay\.io/metallb/speaker:v0\.15\.3 is not in it"):
        keys(make_site(METALLB + source(tmp_path, IMAGES[:1])))


@pytest.mark.parametrize(
    ("registries", "loaded"),
    [
        ("{mirrors: {quay.io: {endpoint: ['https://reg.lan:5000']}}}", False),
        ("{mirrors: {'*': {endpoint: ['https://reg.lan:5000']}}}", False),
        ("{mirrors: {docker.io: {endpoint: ['https://reg.lan:5000']}}}", True),
        ("{mirrors: {quay.io: {}}}", True),
        ("{system_default_registry: 'reg.lan:5000'}", True),  # MetalLB's chart does not follow it
    ],
)
def test_what_a_registry_of_the_site_gives_is_not_loaded(
    make_site: MakeSite, tmp_path: Path, registries: str, loaded: bool
) -> None:
    found = keys(make_site(METALLB + source(tmp_path) + f"registries: {registries}\n"))
    assert ("chart-images" in found) == loaded


def test_what_rancher_pulls_from_a_registry_that_the_spec_names_is_not_looked_for(
    make_site: MakeSite, tmp_path: Path
) -> None:
    named = "registries: {system_default_registry: 'reg.lan:5000'}\n"
    assert "chart-images" not in keys(make_site(RANCHER + source(tmp_path, ()) + named))


def test_before_nodes_are_asked_a_bundle_for_other_processors_is_planned_with(
    make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "make_image", lambda name: images.make_image(name, ("arm64",)))
    data = b"tarball"
    release = Entry(kind="file", name="rke2/x", sha256=digest_of(data), source="x", arch="arm64")
    text = METALLB + source(tmp_path, more=[(release, data)])
    assert keys(make_site(text))["chart-images"] == UNTAINTED
    amd64 = make_site(text)
    amd64.survey.learn("w-2", facts_of([]))
    with pytest.raises(WizardError, match="is not in it for amd64"):
        keys(amd64)


def test_many_nodes_hand_them_on_where_the_spec_says_so(make_site: MakeSite, tmp_path: Path) -> None:
    text = METALLB + source(tmp_path).replace("}", ", spread: fan-out}")
    found = list(keys(make_site(text)))
    assert found.index("chart-spread") == found.index("chart-images") - 1


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[Simulated]:
    made = await Simulated(tmp_path / "simulated", nodes=3).open()
    yield made
    await made.close()


class Bench:
    """The import on one simulated node."""

    def __init__(self, site: Site, simulated: Simulated) -> None:
        self.said: list[str] = []
        self._simulated = simulated
        self.host = simulated.host("cp-1")
        self._work = Work("cp-1", self.host, simulated.host, lambda percent, doing: None, self.said.append)
        self.site = site

    async def carry_out(self, **more: object) -> str:
        self.said.clear()
        return await ImportImages(Carried(self.site, CHARTS), **more).carry_out(self._work)  # type: ignore[arg-type]

    async def there(self) -> tuple[list[str], list[str]]:
        """Archives by the beginnings of their names, and images."""
        facts = await probe(self.host, extra=(LOOK,))
        archives = [line.split()[1].rpartition("-")[0] for line in facts.lists.get("x.rke2.archive", ())]
        return sorted(archives), sorted(facts.lists.get("x.rke2.held", ()))

    def lose(self, part: str) -> None:
        files = self._simulated.site.nodes["cp-1"].files
        for path in [path for path in files if part in path]:
            del files[path]

    def put(self, name: str) -> None:
        node = self._simulated.site.nodes["cp-1"]
        node.write(f"/var/lib/rancher/rke2/agent/images/{name}", b"old", mode=0o644, at=0)


async def test_a_node_gets_what_it_lacks_and_nothing_twice(
    make_site: MakeSite, simulated: Simulated, tmp_path: Path
) -> None:
    bench = Bench(make_site(METALLB + source(tmp_path)), simulated)
    assert await bench.carry_out() == "done"
    assert await bench.there() == (["rancher-wizard-metallb"], sorted(IMAGES))
    assert await bench.carry_out() == "unchanged"
    assert bench.said == []
    bench.lose("/image/quay.io/metallb/speaker")
    assert await bench.carry_out() == "done"
    assert await bench.there() == (["rancher-wizard-metallb"], sorted(IMAGES))
    bench.lose("rancher-wizard-metallb")
    assert await bench.carry_out() == "done"
    assert not any("imported" in line for line in bench.said)


async def test_another_image_under_the_same_name_gives_way(
    make_site: MakeSite, simulated: Simulated, tmp_path: Path
) -> None:
    bench = Bench(make_site(METALLB + source(tmp_path)), simulated)
    assert await bench.carry_out() == "done"
    node, path = simulated.site.nodes["cp-1"], f"/var/lib/rancher/rke2/agent/containerd/image/{IMAGES[0]}"
    right = node.files[path].data
    node.write(path, b"sha256:" + b"0" * 64, mode=0o600, at=0)
    assert await bench.carry_out() == "done"
    assert node.files[path].data == right


async def test_archives_that_others_took_the_place_of_are_removed(
    make_site: MakeSite, simulated: Simulated, tmp_path: Path
) -> None:
    bench = Bench(make_site(METALLB + source(tmp_path)), simulated)
    for name in ("rancher-wizard-metallb-0.tar", "rancher-wizard-kube-vip-0.tar", "rke2-images.tar.zst"):
        bench.put(name)
    assert await bench.carry_out(kept=("rancher-wizard-kube-vip-*",)) == "done"
    assert (await bench.there())[0] == ["rancher-wizard-kube-vip", "rancher-wizard-metallb"]
    assert bench.said[-1] == "removed rancher-wizard-metallb-0.tar"


async def test_a_disk_without_room_is_told_before_anything_is_sent(
    make_site: MakeSite, simulated: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "BASE", bytes(2 << 20))
    node = simulated.site.nodes["cp-1"]
    node.hardware = replace(node.hardware, free_mib=5)
    bench = Bench(make_site(METALLB + source(tmp_path)), simulated)
    with pytest.raises(StepFailed, match=r"5 MiB free .* 6 MiB are needed: 2 for files .* 4 once"):
        await bench.carry_out()
    assert await bench.there() == ([], [])
