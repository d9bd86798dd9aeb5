"""What the wizard's mends are given on a node of an RKE2 cluster: what its rollout would bring about too."""

from collections.abc import Mapping

from wizard.distros.prepare.clock import CLOCKS
from wizard.distros.prepare.network_manager import CLOUD_UNITS, PATH, Unmanaged
from wizard.distros.rke2 import needs
from wizard.spec.models import Node, Spec


def mends(spec: Spec, node: Node) -> Mapping[str, tuple[str, ...]]:
    """Return the arguments of each mend by its id."""
    return {
        "cloud_setup": CLOUD_UNITS,
        "firewall": (*needs.ports(spec, node), *needs.networks(spec)),
        "modules": (needs.MODULES_PATH, *needs.MODULES),
        "network_manager": (PATH, *Unmanaged().text().splitlines()),
        "swap": (),
        "time": CLOCKS,
    }
