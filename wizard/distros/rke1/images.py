"""The step that brings RKE1's images out of a bundle into a node's Docker, before `rke` asks for them.

`rke` pulls only what Docker has not (rancher/rke docker/docker.go, UseLocalOrPull).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wizard.bundle.carried import carried
from wizard.bundle.contents.artifact import ARCHES, whole_reference
from wizard.bundle.contents.rke1 import Rke1Wish, planes_of, system_images
from wizard.bundle.docker_load import DockerImage, archive_manifest, deliveries, docker_image
from wizard.bundle.format.bundle import Bundle
from wizard.checks.seen import DOCKER
from wizard.distros.rke1.state import ROOM, at_socket
from wizard.distros.rke2.room import FREE_SPACE, UNPACKED_TIMES, read_places
from wizard.errors import StepFailed, WizardError
from wizard.hosts.jobs import run_job
from wizard.hosts.script import load_script
from wizard.hosts.upload import Delivery, write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.models import Spec

THERE = load_script(ROOM, "images_there")
LOAD = load_script(ROOM, "load_images")
JOB = "rancher-wizard-images"
STAGING = "/var/lib/rancher-wizard/images"
LIST_LIMIT = 64 << 20
"""Bytes that rke's metadata may have; it has some 6 MiB."""


def loaded_here(site: Site) -> bool:
    """Whether the wizard brings the images: they come out of a bundle, and no registry of the site has them."""
    return site.spec.source.kind == "bundle" and site.spec.registries.system_default_registry is None


@dataclass(frozen=True, slots=True)
class LoadImages:
    """Never settled: what Docker has is asked of it, right before `rke` starts."""

    site: Site
    key: str = "images"
    title: str = "Load images into Docker"
    timeout_s: float = 7200.0
    expected_s: float = 90.0
    _known: dict[str, tuple[DockerImage, ...]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        try:
            bundle, images = await self._wanted(work.node)
        except WizardError as error:
            raise StepFailed(work.node, error.message, hint=error.hint) from None
        lacking = await _lacking(work, self.site.spec, images)
        if not lacking:
            return "unchanged"
        parts = await asyncio.to_thread(deliveries, bundle, lacking, STAGING)
        await _demand_room(work, parts)
        await self._send(work, parts)
        await write_file(work.host, f"{STAGING}/manifest.json", archive_manifest(lacking))
        await self._load(work, lacking)
        return "done"

    async def _wanted(self, node: str) -> tuple[Bundle, tuple[DockerImage, ...]]:
        """Return the images that a node with such planes runs, and the bundle that has them."""
        bundle = await asyncio.to_thread(carried, self.site.spec.source, self.site.base)
        if bundle is None:
            raise WizardError("its source is no bundle")
        async with self._lock:
            arch = ARCHES.get(self.site.survey.facts[node].arch, "amd64")
            planes = self.site.spec.node(node).planes
            key = f"{arch} {' '.join(sorted(planes))}"
            if key not in self._known:
                names = await asyncio.to_thread(references, self.site, bundle, planes)
                self._known[key] = await asyncio.to_thread(_images, bundle, names, arch)
            return bundle, self._known[key]

    async def _send(self, work: Work, parts: Sequence[Delivery]) -> None:
        total, before = sum(each.size_bytes for each in parts), 0
        for each in parts:

            def moved(done: int, size: int, *, base: int = before) -> None:
                have = f"{(base + done) >> 20} of {total >> 20} MiB"
                work.tell(int(80 * (base + done) / max(1, total)), f"sends images, {have}")

            await work.host.send(each.source, each.dest, sha256=each.sha256, mode=each.mode, on_progress=moved)
            before += each.size_bytes

    async def _load(self, work: Work, lacking: Sequence[DockerImage]) -> None:
        work.tell(80, f"loads {len(lacking)} images into Docker")
        last = ["no word"]

        def heard(line: str) -> None:
            last[:] = [line]
            work.said(line)

        load = at_socket(LOAD, self.site.spec, work.node)
        status = await run_job(work.host, JOB, load, STAGING, timeout_s=self.timeout_s / 2, on_line=heard)
        missing = await _lacking(work, self.site.spec, lacking)
        if status != 0 or missing:
            what = f"docker load ended with exit status {status}: {last[0]}"
            if status == 0:
                what = f"docker load ended well, but Docker has not {', '.join(each.name for each in missing)}"
            raise StepFailed(
                work.node,
                what,
                cause=f"The disk of {DOCKER} may be full." if "no space" in last[0].lower() else "",
                hint=f"See docker images and df {DOCKER} on {work.node}; then retry.",
            )


async def _demand_room(work: Work, parts: Sequence[Delivery]) -> None:
    """Return when the node has room for what comes, and for what Docker makes of it: a copy while it reads, layers."""
    result = await work.host.run(FREE_SPACE, STAGING, DOCKER, timeout_s=60)
    places, packed = read_places(result.lines), sum(each.size_bytes for each in parts) >> 20
    needs = {STAGING: packed, DOCKER: packed * UNPACKED_TIMES}
    for path, place in places.items():
        needed = sum(needs[each] for each, other in places.items() if other.filesystem == place.filesystem)
        if needed > place.free_mib:
            raise StepFailed(
                work.node,
                f"{place.free_mib} MiB free for {path}, {needed} MiB are needed for images, packed and unpacked",
                cause="The disk is full, or too small for the images once unpacked.",
                hint=f"Free {needed - place.free_mib} MiB on {work.node}, or give {path} a larger disk; then retry.",
            )


def references(site: Site, bundle: Bundle, planes: Iterable[str]) -> tuple[str, ...]:
    """Return the whole references of the images that nodes with these planes run, by the bundle's own metadata.

    Raises WizardError where the bundle has none, or none for the version.
    """
    wish, version = Rke1Wish.of(site.spec), site.spec.version
    entry = bundle.manifest.find("list", f"rke1/{wish.rke}/data.json")
    if entry is None:
        hint = "Make a bundle for this spec by `bundle create`; `bundle check` names all that one lacks."
        raise WizardError(f"{bundle.path}: rke1/{wish.rke}/data.json is not in it", hint=hint)
    text = bundle.read(entry.sha256, 0, LIST_LIMIT).decode(errors="replace")
    known = system_images(text, version, name=entry.name)
    images = {name: known[name] for name in wish.picks if name in known} | dict(wish.images)
    on_nodes = {*planes}
    wanted = (image for name, image in images.items() if not planes_of(name) or planes_of(name) & on_nodes)
    return tuple(dict.fromkeys(map(whole_reference, wanted)))


def _images(bundle: Bundle, names: Sequence[str], arch: str) -> tuple[DockerImage, ...]:
    found = {each.name: each for each in bundle.manifest.entries if each.kind == "image"}
    for name in names:
        if name not in found:
            hint = "Make a bundle for this spec by `bundle create`; `bundle check` names all that one lacks."
            raise WizardError(f"{bundle.path}: {name} is not in it", hint=hint)
    return tuple(docker_image(bundle, found[name], arch) for name in names)


async def _lacking(work: Work, spec: Spec, images: Sequence[DockerImage]) -> tuple[DockerImage, ...]:
    """Return the images that Docker has not, or has others under their names."""
    there_now = at_socket(THERE, spec, work.node)
    result = await work.host.run(there_now, *(each.name for each in images), timeout_s=120)
    rows = (line.removeprefix("image=").split() for line in result.lines if line.startswith("image="))
    there = {row[0]: tuple(row[1:]) for row in rows if row}
    return tuple(each for each in images if there.get(each.name) != each.layers_unpacked)
