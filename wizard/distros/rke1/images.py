"""The steps that bring RKE1's images out of a bundle into a node's Docker, before `rke` asks for them.

`rke` pulls only what Docker has not (rancher/rke docker/docker.go, UseLocalOrPull).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.bundle.docker_load import DockerImage, archive_manifest, deliveries
from wizard.checks.seen import DOCKER
from wizard.distros.carried.sending import SENT_PERCENT, Coming, send_from_here
from wizard.distros.rke1.carried_images import Carried
from wizard.distros.rke1.state import ROOM, at_socket
from wizard.distros.rke2.room import FREE_SPACE, UNPACKED_TIMES, read_places
from wizard.errors import StepFailed, WizardError
from wizard.hosts.jobs import run_job
from wizard.hosts.script import load_script
from wizard.hosts.upload import Delivery, write_file
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.spec.models import Spec

THERE = load_script(ROOM, "images_there")
LOAD = load_script(ROOM, "load_images")
JOB = "rancher-wizard-images"
STAGING = "/var/lib/rancher-wizard/images"


@dataclass(frozen=True, slots=True)
class LoadImages(Unsettled):
    """Never settled: what Docker has is asked of it, right before `rke` starts."""

    images: Carried
    key: str = "images"
    title: str = "Load images into Docker"
    timeout_s: float = 7200.0
    expected_s: float = 90.0

    async def carry_out(self, work: Work) -> Outcome:
        lacking, parts = await _coming(work, self.images)
        if not lacking:
            return "unchanged"
        await send_from_here(work, parts)
        await write_file(work.host, f"{STAGING}/manifest.json", archive_manifest(lacking))
        await self._load(work, lacking)
        return "done"

    async def _load(self, work: Work, lacking: Sequence[DockerImage]) -> None:
        work.tell(SENT_PERCENT, f"loads {len(lacking)} images into Docker")
        last = ["no word"]

        def heard(line: str) -> None:
            last[:] = [line]
            work.said(line)

        load = at_socket(LOAD, self.images.site.spec, work.node)
        status = await run_job(work.host, JOB, load, STAGING, timeout_s=self.timeout_s / 2, on_line=heard)
        missing = await _lacking(work, self.images.site.spec, lacking)
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


def coming(images: Carried) -> Coming:
    """Return what tells the parts of images that a node's Docker has not."""

    async def parts(work: Work) -> tuple[Delivery, ...]:
        return (await _coming(work, images))[1]

    return parts


async def _coming(work: Work, images: Carried) -> tuple[tuple[DockerImage, ...], tuple[Delivery, ...]]:
    """Return the images that a node's Docker has not, and their parts, once it has room for them."""
    try:
        wanted = await asyncio.to_thread(images.of, work.node)
        lacking = await _lacking(work, images.site.spec, wanted)
        parts = await asyncio.to_thread(deliveries, images.bundle, lacking, STAGING)
    except WizardError as error:
        raise StepFailed(work.node, error.message, hint=error.hint) from None
    if parts:
        await _demand_room(work, parts)
    return lacking, parts


async def _demand_room(work: Work, parts: Sequence[Delivery]) -> None:
    """Return when the node has room for what comes, and for what Docker makes of it: a copy while it reads, layers."""
    paths = (path for each in parts for path in (each.dest, each.part))
    result = await work.host.run(FREE_SPACE, DOCKER, *paths, timeout_s=60)
    places = read_places(result.lines)
    there = {path: place.size_bytes for path, place in places.items()}
    coming = sum(each.size_bytes - max(there.get(each.dest, 0), there.get(each.part, 0)) for each in parts)
    needs = {parts[0].dest: coming, DOCKER: UNPACKED_TIMES * sum(each.size_bytes for each in parts)}
    for path in (path for path in needs if path in places):
        place = places[path]
        shared = (size for other, size in needs.items() if places[other].filesystem == place.filesystem)
        if (needed := sum(shared) >> 20) > place.free_mib:
            folder = DOCKER if path == DOCKER else STAGING
            raise StepFailed(
                work.node,
                f"{place.free_mib} MiB free for {folder}, {needed} MiB are needed for images, packed and unpacked",
                cause="The disk is full, or too small for the images once unpacked.",
                hint=f"Free {needed - place.free_mib} MiB on {work.node}, or give {folder} a larger disk; then retry.",
            )


async def _lacking(work: Work, spec: Spec, images: Sequence[DockerImage]) -> tuple[DockerImage, ...]:
    """Return the images that Docker has not, or has others under their names."""
    there_now = at_socket(THERE, spec, work.node)
    result = await work.host.run(there_now, *(each.name for each in images), timeout_s=120)
    rows = (line.removeprefix("image=").split() for line in result.lines if line.startswith("image="))
    there = {row[0]: tuple(row[1:]) for row in rows if row}
    return tuple(each for each in images if there.get(each.name) != each.layers_unpacked)
