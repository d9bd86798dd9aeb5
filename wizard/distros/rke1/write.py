"""The step that writes cluster.yml on this machine, where `rke` reads it."""

import stat
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.rke1 import cluster_yml
from wizard.distros.sealing import references
from wizard.errors import StepFailed
from wizard.files import write_private
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site, sha256

NAME = "cluster.yml"
FOLDER = "rke1"


def place(site: Site) -> Path:
    """Return where the cluster's cluster.yml lies: the operator's own, or ours. `rke` keeps its state beside it."""
    return cluster_yml.own_file(site) or site.state / FOLDER / NAME


@dataclass(frozen=True, slots=True)
class WriteClusterYml:
    """Settled when the file holds what the spec asks for. It lies here, whichever node the step belongs to."""

    site: Site
    key: str = "cluster-yml"
    title: str = "Write cluster.yml on this machine"
    timeout_s: float = 30.0
    expected_s: float = 0.1

    def files(self, node: str) -> tuple[File, ...]:
        text = cluster_yml.real(self.site)
        digest = sha256(text.reveal()) if text else ""
        return (
            File(f"{place(self.site)} (on this machine)", cluster_yml.masked(self.site), mode=0o600, sha256=digest),
        )

    def settled(self, node: str, survey: Survey) -> bool:
        text = cluster_yml.real(self.site)
        return text is not None and _there(place(self.site)) == text.reveal()

    async def carry_out(self, work: Work) -> Outcome:
        text, path = cluster_yml.real(self.site), place(self.site)
        if text is None:
            raise StepFailed(
                work.node, "a secret of cluster.yml is not in this cluster's vault", hint="Apply the spec anew."
            )
        if _there(path) == text.reveal():
            return "unchanged"
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, text.reveal().encode(), mode=_mode(self.site, path))
        except OSError as error:
            hint = "Mend it on this machine; then retry."
            raise StepFailed(work.node, f"{path} can not be written: {error.strerror}", hint=hint) from None
        return "done"


def _mode(site: Site, path: Path) -> int:
    """An operator's own file keeps its mode until a secret of ours comes into it."""
    own = cluster_yml.own_file(site) and not references(site)
    return stat.S_IMODE(path.stat().st_mode) if own else 0o600


def _there(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
