"""The stages of an upgrade that goes by the controller: those of one over SSH, with other steps in them."""

from dataclasses import dataclass, replace

from wizard.distros.rke2.artifacts import SendArtifacts
from wizard.distros.rke2.carried_images import brought
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.on_top import controller_stages
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.release import Release as Files
from wizard.rollout.plan import Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade import ways
from wizard.upgrade.controller.known import known
from wizard.upgrade.controller.manifest import manifests
from wizard.upgrade.controller.node import Emptied, Freed, HandOver, Replaced, Returned
from wizard.upgrade.controller.plans import tag
from wizard.upgrade.controller.setup import SetUp, TakeAway
from wizard.upgrade.controller.watch import Watch
from wizard.upgrade.outlook import Hop
from wizard.upgrade.quorum import Quorum
from wizard.whole import around


@dataclass(frozen=True, slots=True)
class Controller:
    """One upgrade by it; the watch is shared by all of its nodes."""

    watch: Watch

    @classmethod
    def of(cls, site: Site) -> "Controller":
        """Return it for a site. Raises WizardError where its manifests can't be read: nothing is begun without them."""
        manifests(site)
        return cls(Watch(tuple(server.name for server in site.spec.servers)))

    def set_up(self, site: Site, hop: Hop) -> Stage:
        """Return the stage that has the controller and both plans of a hop ready; they take nobody yet."""
        key = f"controller-{tag(hop.target).removeprefix('v')}"
        return Stage(key, f"Controller's plans for {hop.target}", "servers", _first(site), (SetUp(site),))

    def images(self, site: Site, hop: Hop) -> tuple[Stage, ...]:
        """Return the stages that bring every node the images of a hop; none where a registry has them.

        Raises WizardError for a bundle that lacks one.
        """
        return controller_stages(site, f"controller-{tag(hop.target).removeprefix('v')}-")

    def taken(self, site: Site, hop: Hop, stage: Stage, release: Files | None) -> Stage:
        """Return a stage of servers or agents with each node handed over instead of worked on."""
        role = stage.noun.removesuffix("s")
        steps = self._steps(site, role, release, drain=any(step.key == "drain" for step in stage.steps))
        return around(site, replace(stage, steps=steps, backs=ways.by_controller(hop.source, hop.target, role)))

    def away(self, site: Site) -> Stage:
        """Return the stage that takes the plans away once all is done."""
        return Stage("plans-away", "Controller's plans away", "servers", _first(site), (TakeAway(site, self.watch),))

    def notes(self, site: Site) -> tuple[str, ...]:
        """Return what the operator is to know of this way."""
        images = ", ".join(str(known()[key]) for key in ("image", "kubectl_image", "upgrade_image"))
        offline = f"Its images ({images}) are not sent to nodes: they come from a registry that the spec names."
        if brought(site.spec) and not site.spec.registries.mirrored("docker.io"):
            offline = f"Its images ({images}) come out of the bundle to every node before any is handed over."
        own = "" if site.spec.upgrade.controller or site.spec.source.kind == "bundle" else ", which the cluster has"
        return (
            f"Nodes go by the system-upgrade-controller{own}: it changes RKE2's program alone; service files, packages "
            "and SELinux policy stay as they are (upgrade.by: ssh renews them).",
            "A node that the controller has begun it ends by itself, also when this rollout is paused or aborted.",
            *((offline,) if site.spec.source.kind != "online" else ()),
        )

    def _steps(self, site: Site, role: str, release: Files | None, *, drain: bool) -> tuple[Step, ...]:
        servers = tuple(server.name for server in site.spec.servers)
        steps: list[Step] = []
        if release:
            # Without a registry the images of the release have to be on the node before its restart.
            steps += [Reach(site.survey, prober()), Claim(site), SendArtifacts(site, release, images_only=True)]
        if role == "server":
            steps.append(Quorum(servers, after=False))
        steps.append(HandOver(site, self.watch))
        if drain:
            steps.append(Emptied(site, self.watch))
        steps.append(Replaced(site, self.watch))
        if role == "server":
            steps += [Ready(site), Quorum(servers, after=True)]
        else:
            steps.append(Returned(site, self.watch))
        if drain:
            steps.append(Freed(site, self.watch))
        return tuple(steps)


def _first(site: Site) -> tuple[tuple[str, ...], ...]:
    return ((site.spec.first_server.name,),)
