"""What the wizard's mends are given on a node of an RKE1 cluster."""

from collections.abc import Mapping

from wizard.checks.network.port import answered_by
from wizard.distros.prepare.clock import CLOCKS
from wizard.distros.prepare.network_manager import CLOUD_UNITS, PATH, Unmanaged
from wizard.spec.models import Node, Spec

MODULES_PATH = "/etc/modules-load.d/rke1.conf"
# Those of rke.docs.rancher.com, "Requirements", that are no part of every kernel.
MODULES = ("br_netfilter", "overlay", "vxlan", "xt_conntrack")


def mends(spec: Spec, node: Node) -> Mapping[str, tuple[str, ...]]:
    """Return the arguments of each mend by its id."""
    networks = tuple(map(str, (*spec.network.cluster_cidr, *spec.network.service_cidr)))
    return {
        "cloud_setup": CLOUD_UNITS,
        "firewall": (*answered_by(spec, node), *networks),
        "modules": (MODULES_PATH, *MODULES),
        "network_manager": (PATH, *Unmanaged().text().splitlines()),
        "swap": (),
        "time": CLOCKS,
    }
