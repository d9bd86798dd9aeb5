"""Charts brought about by helm on this machine, through a tunnel to a server's API.

helm is not told to wait: it ends as soon as the cluster has taken the objects, and what comes up is watched by us, by
name. So little time is left in which a dropped link or a killed engine leaves a release locked; one that is left so is
unlocked by the next attempt, which goes on from there.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from wizard.bundle.carried import content_of
from wizard.errors import StepFailed
from wizard.kube.api import Kube
from wizard.kube.door import Door
from wizard.rancher.access import access
from wizard.rancher.failure import failure
from wizard.rancher.helm import Helm
from wizard.rancher.notes import doing, note
from wizard.rancher.release import Release
from wizard.rancher.state import State
from wizard.rollout.step import File, Work
from wizard.site import Site
from wizard.spec.rancher import Rancher
from wizard.times import duration

HOOKS_S = 600
"""How long helm waits for the charts' own jobs: cert-manager proves its API, Rancher looks for what it left behind."""
GRACE_S = 120.0
STALE_S = 1200
"""A helm that is not ours may be at work for so long."""
HISTORY = 5


@dataclass(frozen=True, slots=True)
class ByHelm:
    """Delivers by `helm upgrade --install`."""

    site: Site
    rancher: Rancher

    def files(self, release: Release) -> tuple[File, ...]:
        """Return the values as they are given to helm, for the plan; they lie on no node."""
        return (File(f"values of {release.name} {release.version} for helm", release.values_yaml(), mode=0o600),)

    async def deliver(self, work: Work, door: Door, release: Release, state: State) -> int:
        """Bring a release about and return its new revision; what a helm left half-way is unlocked first.

        Raises StepFailed with what helm said, LinkLost when the connection to the server dropped meanwhile.
        """
        kube = door.kube
        await self._unlock(work, kube, release, state)
        there = state.revisions.get(release.name)
        # An unlocked revision is gone, and its number is taken again.
        revision = there.number + (not there.pending) if there else 1
        await note(kube, **{doing(release.name): str(revision)})
        async with access(door, self.site.state) as folder:
            helm = await Helm.find(self.site, folder)
            unfit = helm.unfit(self.site.spec.version)
            if unfit:
                work.said(f"{unfit}; should it fail, name another in rancher.helm")
            charts = await asyncio.to_thread(self._taken_out, release, folder)
            values = folder / f"{release.name}.yaml"
            values.write_text(release.values_yaml(), encoding="utf-8")
            work.said(f"helm upgrade --install {release.name} {' '.join(release.chart_in(charts))}")
            ended = await helm.run(
                (*self.arguments(release, charts), "--values", str(values), "--kubeconfig", str(folder / "kubeconfig")),
                timeout_s=HOOKS_S + GRACE_S,
                on_line=work.said,
            )
        if ended.status != 0:
            what = f"helm could not install {release.name} {release.version}"
            raise failure(work.node, what, ended.lines, otherwise=unfit)
        return revision

    def arguments(self, release: Release, charts: Path | None) -> tuple[str, ...]:
        """Return what helm is told, but where values and kubeconfig lie; `charts` is the folder of its chart."""
        return (
            "upgrade",
            "--install",
            release.name,
            *release.chart_in(charts),
            "--namespace",
            release.namespace,
            "--create-namespace",
            "--reset-values",
            "--history-max",
            str(HISTORY),
            "--timeout",
            f"{HOOKS_S}s",
        )

    def _taken_out(self, release: Release, folder: Path) -> Path | None:
        """Return where the chart lies: the operator's folder, or `folder` with the bundle's chart; None for neither."""
        if self.rancher.charts:
            return self.site.resolve(self.rancher.charts)
        content = content_of(self.site.spec.source, self.site.base, "chart", release.entry)
        if content is None:
            return None
        (folder / release.archive).write_bytes(content)
        return folder

    async def _unlock(self, work: Work, kube: Kube, release: Release, state: State) -> None:
        """Forget a revision that no helm will ever end: ours, whose tunnel is gone, or one that is old.

        Only helm's record of it goes; what it has made stays, and the next helm takes it over by its labels.
        """
        revision = state.revisions.get(release.name)
        if revision is None or not revision.pending:
            return
        age_s = time.time() - revision.since
        ours = state.stamps.get(doing(release.name)) == str(revision.number)
        what = f"revision {revision.number} of {release.name} is {revision.status}"
        if not ours and age_s < STALE_S:
            raise StepFailed(
                work.node,
                f"{what} for {duration(age_s)}, and not by this wizard",
                cause="Somebody else's helm may be at work on it.",
                hint=f"Wait for it; after {duration(STALE_S)} it counts as dead. Then retry.",
            )
        work.said(f"{what}: the helm that made it was ended half-way; its lock is taken away")
        record = f"sh.helm.release.v1.{release.name}.v{revision.number}"
        await kube.delete("secret", record, namespace=release.namespace)
