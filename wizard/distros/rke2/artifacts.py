"""The step that brings a node the release files that it needs, from the jump host."""

from dataclasses import dataclass

from wizard.distros.rke2.release import ARCHES, Artifact, Release, release_of
from wizard.distros.rke2.state import IMAGES, ROOM, read_state
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site

FREE_SPACE = load_script(ROOM, "free_space")
UNPACKED_TIMES = 3  # images unpack to a multiple of their archive: plan three times its size


def releases(site: Site) -> Release | None:
    """Return where the release of the spec lies; None where nodes download it."""
    return release_of(site.spec.source, site.base, site.spec.version)


def arch_of(site: Site, node: str) -> str:
    """Return the release's name of the node's CPU architecture; raises StepFailed for one without a release."""
    machine = site.survey.facts[node].arch
    if machine not in ARCHES:
        raise StepFailed(node, f"CPU architecture {machine!r}", hint=f"RKE2 is released for {', '.join(ARCHES)}.")
    return ARCHES[machine]


@dataclass(frozen=True, slots=True)
class SendArtifacts:
    """Settled when the version is installed and each image archive is there in its full size."""

    site: Site
    release: Release
    key: str = "artifacts"
    title: str = "Send release files"
    timeout_s: float = 7200.0
    expected_s: float = 30.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts or survey.facts[node].arch not in ARCHES:
            return False
        state = read_state(survey.facts[node])
        images = self.release.images(ARCHES[survey.facts[node].arch])
        return state.version == self.site.spec.version and images.items() <= state.images.items()

    async def carry_out(self, work: Work) -> Outcome:
        artifacts = await self.release.artifacts(arch_of(self.site, work.node))
        await self._room(work, artifacts)
        total, before, sent = sum(each.size_bytes for each in artifacts), 0, False
        for each in artifacts:

            def moved(done: int, size: int, base: int = before, name: str = each.source.name) -> None:
                work.tell(int(100 * (base + done) / max(1, total)), f"{name}: {done >> 20} of {size >> 20} MiB")

            new = await work.host.send(each.source, each.dest, sha256=each.sha256, mode=each.mode, on_progress=moved)
            sent = sent or new
            before += each.size_bytes
        return "done" if sent else "unchanged"

    async def _room(self, work: Work, artifacts: tuple[Artifact, ...]) -> None:
        """A full disk is found before the transfer, not in the middle of the start."""
        needed = sum(UNPACKED_TIMES * each.size_bytes for each in artifacts) >> 20
        result = await work.host.run(FREE_SPACE, IMAGES, timeout_s=30)
        free = int(next((line for line in result.lines if line.isdigit()), "0"))
        if free < needed:
            raise StepFailed(
                work.node,
                f"{free} MiB free for /var/lib/rancher, {needed} MiB are needed",
                cause="The disk is full, or too small for the images once unpacked.",
                hint=f"Free {needed - free} MiB on {work.node}, or give /var/lib/rancher a larger disk; then retry.",
            )
