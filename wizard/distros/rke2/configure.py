"""The step that writes RKE2's files of intent."""

from dataclasses import dataclass

from wizard.distros.configuration import Configuration
from wizard.distros.rke2.config import planned, real_text
from wizard.rollout.step import File
from wizard.secret import Secret


@dataclass(frozen=True, slots=True)
class Configure(Configuration):
    """Writes what RKE2 reads on a node."""

    def files(self, node: str) -> tuple[File, ...]:
        return planned(self.site, self.site.spec.node(node))

    def text(self, node: str, path: str) -> Secret:
        return real_text(self.site, self.site.spec.node(node), path)
