"""How the release reaches the nodes: from here to each in its turn, or to all before anything is installed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wizard.bundle.spread.predict import AT_ONCE, Prediction, Way
from wizard.bundle.spread.rates import Meter, Rates
from wizard.bundle.spread.spreading import Spreading
from wizard.distros.prepare.firewall import OpenFirewall
from wizard.distros.rke2.artifacts import SendArtifacts, gets_images
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.release import ARCHES, Release
from wizard.distros.rke2.state import read_state
from wizard.rollout.batches import window
from wizard.rollout.plan import Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site

PROVEN_BYTES_S = 300 << 20
"""What sha256sum reads in a second on an ordinary server."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What the nodes of one plan lack of a release, and how they get it."""

    site: Site
    release: Release
    prediction: Prediction
    meter: Meter = field(default_factory=Meter)

    @classmethod
    def of(cls, site: Site, release: Release, names: Sequence[str]) -> "Supply":
        """Return how `names`, in this order, get what they lack. Pure."""
        look = SendArtifacts(site, release)
        lacking = {name: _lacking(site, release, name) for name in names if not look.settled(name, site.survey)}
        return cls(site, release, Prediction(lacking, Rates.known(site.state)))

    @property
    def way(self) -> Way:
        """What the spec says, else what is quicker; one node alone has nobody to hand anything on to."""
        asked = self.site.spec.source.spread
        if asked == "registry":
            return "registry"
        if len(self.prediction.bytes_by_node) < 2:
            return "star"
        return self.prediction.quicker if asked == "auto" else asked

    @property
    def notes(self) -> tuple[str, ...]:
        """What the plan says of it: both ways and their predicted times."""
        return (self.prediction.note(self.way),) if len(self.prediction.bytes_by_node) > 1 else ()

    def stage(
        self, opened: OpenFirewall | None, reach: Reach, *, key: str, title: str, images_only: bool = False
    ) -> Stage | None:
        """Return the stage before all others in which the nodes get everything; None where each gets it in its turn.

        `opened` is what lets the nodes reach each other, where that is wanted; with `images_only` they get no more than
        the archives of images.
        """
        if self.way != "fan-out":
            return None
        names = tuple(self.prediction.bytes_by_node)
        site = self.site
        at_once = min(AT_ONCE, len(names))
        spreading = Spreading(lambda name: site.spec.node(name).inner_address)
        spreading.enter(*names)
        expected_s = self.prediction.fan_out_s / -(-len(names) // at_once)
        steps: list[Step] = [reach, Claim(site)]
        if opened:
            steps.append(opened)
        steps.append(SendArtifacts(site, self.release, expected_s, spreading, self.meter))
        return Stage(
            key,
            title,
            "nodes",
            window(names),
            tuple(steps),
            at_once=at_once,
            rolling=True,
            max_failed=site.spec.max_failed(len(site.spec.agents)),
        )

    def send(self, at_once: int) -> SendArtifacts:
        """Return the step within a stage that takes so many nodes at a time: what a node has by then, it proves."""
        most = max(self.prediction.bytes_by_node.values(), default=0)
        seconds = most / PROVEN_BYTES_S
        if self.way != "fan-out":
            seconds += at_once * most * 8 / (self.prediction.rates.here_mbit * 1e6)
        return SendArtifacts(self.site, self.release, 1 + seconds, meter=self.meter)


def _lacking(site: Site, release: Release, name: str) -> int:
    """Bytes that a node still needs, as far as its facts tell."""
    facts, role = site.survey.facts.get(name), site.spec.node(name).role
    arch = ARCHES.get(facts.arch if facts else "", ARCHES["x86_64"])
    there = read_state(facts).images if facts else {}
    needless = {} if gets_images(site, name) else release.images(arch, role)
    whole = {image: size for image, size in release.images(arch, role).items() if there.get(image) == size}
    return max(0, release.size_bytes(arch, role) - sum((needless | whole).values()))
