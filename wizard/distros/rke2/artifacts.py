"""The step that brings a node the release files that it needs: from the jump host, or from nodes that have them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from wizard.bundle.spread.rates import Meter
from wizard.bundle.spread.sources import HERE
from wizard.bundle.spread.spreading import Moved, Spreading
from wizard.distros.rke2.config import begins
from wizard.distros.rke2.release import ARCHES, Release, release_of
from wizard.distros.rke2.room import demand_room
from wizard.distros.rke2.state import IMAGES, read_state
from wizard.errors import StepFailed
from wizard.hosts.upload import Delivery
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site


def releases(site: Site) -> Release | None:
    """Return where the release of the spec lies; None where nodes download it."""
    return release_of(site.spec.source, site.base, site.spec.version)


def arch_of(site: Site, node: str) -> str:
    """Return the release's name of the node's CPU architecture; raises StepFailed for one without a release."""
    machine = site.survey.facts[node].arch
    if machine not in ARCHES:
        raise StepFailed(node, f"CPU architecture {machine!r}", hint=f"RKE2 is released for {', '.join(ARCHES)}.")
    return ARCHES[machine]


def gets_images(site: Site, node: str) -> bool:
    """True for a node that gets the archives of images: all, or the one that the others pull from."""
    return site.spec.source.spread != "registry" or begins(site, site.spec.node(node))


@dataclass(frozen=True, slots=True)
class SendArtifacts(Fileless):
    """Settled when the version is installed and each image archive is there in its full size.

    Without `spreading` the jump host sends everything itself.
    """

    site: Site
    release: Release
    expected_s: float = 30.0
    spreading: Spreading | None = None
    meter: Meter = field(default_factory=Meter)
    images_only: bool = False
    """Send the archives of images alone: somebody else brings RKE2 itself."""
    key: str = "artifacts"
    title: str = "Send release files"
    timeout_s: float = 7200.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts or survey.facts[node].arch not in ARCHES:
            return False
        state, role = read_state(survey.facts[node]), self.site.spec.node(node).role
        images = self.release.images(ARCHES[survey.facts[node].arch], role) if gets_images(self.site, node) else {}
        there = self.images_only or state.version == self.site.spec.version
        return there and images.items() <= state.images.items()

    async def carry_out(self, work: Work) -> Outcome:
        all_of_it = await self.release.artifacts(arch_of(self.site, work.node), self.site.spec.node(work.node).role)
        own = gets_images(self.site, work.node)
        artifacts = tuple(
            each for each in all_of_it if (own if each.dest.startswith(f"{IMAGES}/") else not self.images_only)
        )
        version = read_state(self.site.survey.facts[work.node]).version
        await demand_room(work.host, artifacts, unpacked=version == self.site.spec.version)
        if self.spreading is None:
            return await self._all(work, artifacts)
        self.spreading.enter(work.node)
        try:
            return await self._all(work, artifacts)
        finally:
            await self.spreading.leave(work)

    async def _all(self, work: Work, artifacts: Sequence[Delivery]) -> Outcome:
        total, before, sent = sum(each.size_bytes for each in artifacts), 0, False
        for each in artifacts:
            new = await self._bring(work, each, artifacts, _showing(work, each, self.meter, before=before, total=total))
            sent = sent or new
            before += each.size_bytes
        if sent:
            await asyncio.to_thread(self.meter.keep, self.site.state)
        return "done" if sent else "unchanged"

    async def _bring(self, work: Work, each: Delivery, artifacts: Sequence[Delivery], moved: Moved) -> bool:
        if self.spreading is not None:
            return await self.spreading.bring(work, each, artifacts, moved)

        def sent(done: int, size: int) -> None:
            moved(done, HERE)

        return await work.host.send(each.source, each.dest, sha256=each.sha256, mode=each.mode, on_progress=sent)


def _showing(work: Work, each: Delivery, meter: Meter, *, before: int, total: int) -> Moved:
    """Return what tells of a file as it comes: how fast, from whom, how much; the rate is that since the last word."""
    began, first, latest = time.monotonic(), -1, 0

    def moved(done: int, giver: str) -> None:
        nonlocal began, first, latest
        now = time.monotonic()
        if first < 0:
            began, first = now, done
        else:
            meter.count(giver, max(0, done - latest))
        latest = done
        rate = (done - first) / max(0.001, now - began) / (1 << 20)
        # Whom and how fast come first: a narrow screen shows no more.
        speed = f", {rate:.1f} MiB/s" if done > first else ""
        whom = giver if giver != HERE else "here"
        have = f"{done >> 20} of {each.size_bytes >> 20} MiB"
        work.tell(int(100 * (before + done) / max(1, total)), f"from {whom}{speed}, {have}: {each.source.name}")

    return moved
