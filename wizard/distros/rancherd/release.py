"""RancherD's one file on the jump host: in a folder that the operator has kept, proven by the checksums beside it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.rancherd.state import BINARY
from wizard.distros.rke2.release import STAGING
from wizard.errors import WizardError
from wizard.hosts.upload import Delivery, Extent
from wizard.profiles import profile
from wizard.site import Site

SUMS = "sha256sum-amd64.txt"
ARCHIVE = f"{STAGING}/rancherd-amd64.tar.gz"


@dataclass(frozen=True, slots=True)
class Kept:
    """The file of a generation in its folder, and where it goes on nodes."""

    path: Path
    dest: str
    mode: int

    def promised(self) -> str:
        """Return the sha256 that the checksums beside it promise, "" where they can't be read."""
        try:
            lines = (self.path.parent / SUMS).read_text(errors="replace").splitlines()
        except OSError:
            return ""
        found = (line.split(maxsplit=1) for line in lines if " " in line)
        return next((digest for digest, name in found if name.strip().lstrip("*") == self.path.name), "")

    def delivery(self) -> Delivery:
        """Return what is to be sent. Raises WizardError for a file that is missing or not what was promised."""
        promised = self.promised()
        if not promised or not self.path.is_file():
            missing = self.path.name if promised else f"{SUMS} with {self.path.name}"
            hint = f"Put {self.path.name} and {SUMS} of a release that you have kept there; nobody offers them now."
            raise WizardError(f"{missing} is missing in {self.path.parent}", hint=hint)
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != promised:
            what = f"{self.path}: sha256 is {digest[:16]}…, {SUMS} says {promised[:16]}…"
            raise WizardError(what, hint="The file is damaged or of another release: take another copy.")
        return Delivery(Extent.whole(self.path), self.dest, digest, self.mode)


def kept(site: Site) -> Kept:
    """Return where RancherD's file lies; a spec of RancherD always names a folder."""
    assert site.spec.source.path is not None  # noqa: S101 - a rule of the spec
    folder = site.resolve(site.spec.source.path)
    if site.spec.rancherd.generation == 1:
        return Kept(folder / "rancherd-amd64.tar.gz", ARCHIVE, 0o644)
    return Kept(folder / "rancherd-amd64", BINARY, 0o755)


def only_amd64(arch: str) -> str:
    """Return what is wrong with a node's architecture, "" where nothing is."""
    wanted = profile("rancherd/rancherd")["arches"]
    return "" if arch in wanted else f"CPU architecture {arch!r}, and RancherD is for {', '.join(wanted)} alone"
