"""The steps that put a bundle's images where RKE2 imports them at each start, and into its containerd at once.

Sources: RKE2 documentation, "Air-Gap Install" (agent/images); k3s, pkg/agent/containerd: archives there are imported at
a start, since 2024 also when they come, and what they name is pinned, so that no kubelet clears it away.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.bundle.oci_archive import Archive
from wizard.distros.carried.sending import SENT_PERCENT, Coming, send_from_here
from wizard.distros.rke2.carried_images import BEGIN, Carried, Held
from wizard.distros.rke2.room import demand_room
from wizard.distros.rke2.state import IMAGES, ROOM
from wizard.errors import StepFailed, WizardError
from wizard.hosts.jobs import run_job
from wizard.hosts.script import load_script
from wizard.hosts.upload import Delivery
from wizard.rollout.step import File, Outcome, Survey, Unsettled, Work

LOOK = load_script(ROOM, "look_archives")
HELD = load_script(ROOM, "held_images")
IMPORT = load_script(ROOM, "import_images")
TIDY = load_script(ROOM, "tidy_images")
JOB = "rancher-wizard-images"
ASKED_S = 120


@dataclass(frozen=True, slots=True)
class PlaceImages:
    """Settled when the archives are there in their full size. RKE2 imports them when it starts."""

    images: Carried
    key: str = "place-images"
    title: str = "Send images of charts"
    timeout_s: float = 7200.0
    expected_s: float = 10.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return self.images.size_bytes(node) == 0

    async def carry_out(self, work: Work) -> Outcome:
        # What is there was imported at an earlier start.
        parts = await _parts(work, self.images, unpacked=True)
        return "done" if await send_from_here(work, parts) else "unchanged"


@dataclass(frozen=True, slots=True)
class ImportImages(Unsettled):
    """Never settled: what containerd has is asked of it. Archives that others took the place of are removed."""

    images: Carried
    tidied: str = f"{BEGIN}*.tar"
    """Of which names the archives are that may be removed."""
    kept: tuple[str, ...] = ()
    """Of which names those are that stay beside the node's own."""
    key: str = "images"
    title: str = "Import images into containerd"
    timeout_s: float = 7200.0
    expected_s: float = 60.0

    async def carry_out(self, work: Work) -> Outcome:
        archives = await _archives(work, self.images)
        lacking = await _lacking(work, archives)
        sent = await send_from_here(work, await _parts(work, self.images, unpacked=not lacking))
        for archive in (each for each in archives if not lacking.isdisjoint(_names(each))):
            await self._import(work, archive)
        own = (each.name for each in archives)
        tidied = await work.host.run(TIDY, IMAGES, self.tidied, *own, *self.kept, timeout_s=ASKED_S)
        for line in tidied.lines:
            work.said(line)
        return "done" if sent or lacking or tidied.lines else "unchanged"

    async def _import(self, work: Work, archive: Archive) -> None:
        work.tell(SENT_PERCENT, f"imports {len(archive.images)} images of {archive.name}")
        last = ["no word"]

        def heard(line: str) -> None:
            last[:] = [line]
            work.said(line)

        path, names = f"{IMAGES}/{archive.name}", _names(archive)
        status = await run_job(work.host, JOB, IMPORT, path, *names, timeout_s=self.timeout_s / 4, on_line=heard)
        missing = await _lacking(work, (archive,))
        if status != 0 or missing:
            what = f"ctr images import ended with exit status {status}: {last[0]}"
            if status == 0:
                what = f"ctr images import ended well, but containerd has not {', '.join(sorted(missing))}"
            full = "no space" in last[0].lower()
            raise StepFailed(
                work.node,
                what,
                cause="The disk of /var/lib/rancher may be full." if full else "",
                hint=f"See journalctl -u 'rke2-*' and df /var/lib/rancher on {work.node}; then retry.",
            )


def coming(images: Carried) -> Coming:
    """Return what tells the archives of a node, once it has room for those that it lacks."""

    async def parts(work: Work) -> tuple[Delivery, ...]:
        return await _parts(work, images, unpacked=not await _lacking(work, await _archives(work, images)))

    return parts


def settled(images: Carried, node: str, *, of: str = BEGIN, kept: Sequence[str] = ()) -> bool:
    """Whether a node's facts show all of its archives and images, and nothing that is to be removed.

    That are archives whose names begin with `of`, and with none of `kept`.
    """
    held, archives = Held.on(images.site, node), images.of(node)
    own = {each.name: each.size_bytes for each in archives}
    wanted = {name for each in archives for name in _names(each)}
    others = (name for name in held.archives if name.startswith(of) and not name.startswith(tuple(kept)))
    return own.items() <= held.archives.items() and wanted <= held.images and own.keys() >= set(others)


def _names(archive: Archive) -> tuple[str, ...]:
    return tuple(each.name for each in archive.images)


async def _archives(work: Work, images: Carried) -> tuple[Archive, ...]:
    try:
        return await asyncio.to_thread(images.of, work.node)
    except WizardError as error:
        raise StepFailed(work.node, error.message, hint=error.hint) from None


async def _parts(work: Work, images: Carried, *, unpacked: bool) -> tuple[Delivery, ...]:
    """Return all archives of a node as they are sent, once it has room for what it lacks of them."""
    archives = await _archives(work, images)
    try:
        parts = await images.deliveries(archives)
    except WizardError as error:
        raise StepFailed(work.node, error.message, hint=error.hint) from None
    await demand_room(work.host, parts, unpacked=unpacked)
    return parts


async def _lacking(work: Work, archives: Sequence[Archive]) -> set[str]:
    """Return the names of images that containerd has not whole, or has others under their names."""
    wanted = {each.name: each.roots for archive in archives for each in archive.images}
    result = await work.host.run(HELD, *wanted, timeout_s=ASKED_S)
    rows = (line.removeprefix("image=").split() for line in result.lines if line.startswith("image="))
    there = {row[0]: row[1] for row in rows if len(row) == 2}
    return {name for name, roots in wanted.items() if there.get(name) not in roots}
