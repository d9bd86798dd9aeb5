"""What only RancherD asks for."""

from typing import Literal

from pydantic import Field

from wizard.profiles import profile
from wizard.spec.field import Part
from wizard.spec.rancher import RancherVersion, Values

Generation = Literal[1, 2]


def facts_of(generation: int) -> dict[str, object]:
    """Return what profiles/rancherd knows of a generation."""
    facts: dict[str, object] = profile("rancherd/rancherd")["generations"][generation]
    return facts


class Rancherd(Part):
    """RancherD, of either generation."""

    generation: Generation = Field(
        default=2,
        description="1: the one of Rancher 2.5, RKE2 and Rancher in one program; version is Rancher's, such as v2.5.9. "
        "2: rancher/rancherd, which runs once on each node; version is RKE2's. Default: 2.",
    )
    rancher_version: RancherVersion | None = Field(
        default=None,
        description="Generation 2: release of Rancher that it installs, pinned, without v. Default: none; it is asked "
        "for.",
    )
    rancher_values: Values = Field(
        default={},
        description="Generation 2: values of Rancher's chart, over RancherD's own (host port 8443, no ingress, no "
        "management of other clusters). Default: none.",
    )
