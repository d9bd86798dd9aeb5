"""What MetalLB is allowed to be told, and what of it is no good all the same."""

from collections.abc import Iterator

from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem

_HERE: Path = ("metallb",)
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def nodes_that_announce_nothing(spec: Spec) -> Iterator[Problem]:
    """A node with this label is passed over without a word. Source: metallb/metallb issues 2285, 2353, 2676."""
    if spec.metallb is None or not spec.metallb.since("exclude_label"):
        return
    for index, node in enumerate(spec.nodes):
        if EXCLUDED in node.labels:
            path = ("nodes", index, "labels")
            yield Problem(path, f"{EXCLUDED} keeps MetalLB from announcing by {node.name}", "no such label")


def addresses_that_nobody_gets(spec: Spec) -> Iterator[Problem]:
    """A service that waits is not told of an address that becomes free. Source: metallb/metallb issue 1586."""
    metallb = spec.metallb
    if metallb and not metallb.since("custom_resources"):
        first = profile("metallb")["since"]["custom_resources"]
        what = f"{metallb.version} leaves a service <pending> though an address has become free"
        allowed = f"{first} or newer, or restart its controller then"
        yield Problem((*_HERE, "version"), what, allowed)


def addresses_that_stay(spec: Spec) -> Iterator[Problem]:
    """Services got another address when the controller restarted. Source: metallb/metallb issue 2443."""
    metallb = spec.metallb
    if metallb and metallb.since("custom_resources") and not metallb.since("addresses_stay"):
        first = profile("metallb")["since"]["addresses_stay"]
        what = f"{metallb.version} may give a service another address when its controller restarts"
        yield Problem((*_HERE, "version"), what, f"{first} or newer")


def clients_that_wait(spec: Spec) -> Iterator[Problem]:
    """externalTrafficPolicy Local times out there. Source: cilium/cilium issues 31333, 12895."""
    exposed = spec.metallb is not None and spec.metallb.expose_ingress is not None
    if exposed and "cilium" in spec.network.cni and spec.options.server.get("disable-kube-proxy") is True:
        what = "with Cilium in place of kube-proxy, clients of the ingress's address may wait in vain"
        yield Problem((*_HERE, "expose_ingress"), what, "Cilium's own LB-IPAM, or kube-proxy")


WARNINGS = (nodes_that_announce_nothing, addresses_that_nobody_gets, addresses_that_stay, clients_that_wait)
