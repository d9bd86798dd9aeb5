"""What RancherD has left on a node, read from its facts; what RKE2 inside it has left, RKE2's own state tells."""

from dataclasses import dataclass
from pathlib import Path

from wizard.distros.rke2.state import Unit, units_of
from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script

ROOM = Path(__file__).parent
PROBE = load_script(ROOM, "probe_rancherd")
PROGRAM = "rancherd"
BINARY = "/usr/local/bin/rancherd"
CONFIG = "/etc/rancher/rancherd/config.yaml"
"""Of the second generation; the first one reads RKE2's."""
UNIT = "/etc/systemd/system/rancherd.service"


@dataclass(frozen=True, slots=True)
class RancherdState:
    """RancherD on one node; empty fields where nothing is installed."""

    version: str
    """As the first generation says it."""
    sha256: str
    """Of the program."""
    units: dict[str, Unit]
    """The first generation's, by role."""
    marker: str
    """The first line of the second generation's configuration."""
    bootstrapped: bool
    """The second generation has run to its end here, and will not run again."""


def read_state(facts: Facts) -> RancherdState:
    """Return what the probe's RancherD part says; never raises, whatever the node printed."""

    def one(key: str) -> str:
        return next(iter(facts.lists.get(f"x.rancherd.{key}", ())), "")

    return RancherdState(
        version=one("version"),
        sha256=one("sha256"),
        units=units_of(facts, PROGRAM),
        marker=one("marker"),
        bootstrapped=one("bootstrapped") == "yes",
    )
