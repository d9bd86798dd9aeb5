"""What is done to clusters of RKE2 alone, refused for those of RKE1."""

from wizard.errors import Refused
from wizard.spec.models import Spec

BY_RKE = "With RKE1, change the spec and apply it: `rke` finds out what has changed."


def rke2_alone(spec: Spec, what: str) -> None:
    """Take a spec and the name of what is asked for. Raises Refused where the spec is of RKE1."""
    if spec.distribution != "rke2":
        raise Refused(f"{what} is for clusters of RKE2; {spec.name} is one of RKE1", hint=BY_RKE)
