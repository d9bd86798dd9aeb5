"""What is done to clusters of RKE2 alone, refused for those of RKE1 and RancherD."""

from wizard.errors import Refused
from wizard.spec.models import Spec

BY_RKE = "With RKE1, change the spec and apply it: `rke` finds out what has changed."
BY_RANCHER = (
    "RancherD only begins a cluster; Rancher looks after it from then on. Its successor is looked after here: "
    "rancher-wizard new --from SPEC --successor."
)
_OTHERS = {"rke1": ("RKE1", BY_RKE), "rancherd": ("RancherD", BY_RANCHER)}


def rke2_alone(spec: Spec, what: str) -> None:
    """Take a spec and the name of what is asked for. Raises Refused where the spec is of another distribution."""
    if other := _OTHERS.get(spec.distribution):
        raise Refused(f"{what} is for clusters of RKE2; {spec.name} is one of {other[0]}", hint=other[1])
