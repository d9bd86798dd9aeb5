"""How a running cluster is brought to another release."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wizard.spec.field import LocalPath, Part
from wizard.spec.hours import Hours, hours_text

HoursText = Annotated[str, AfterValidator(hours_text), Field(json_schema_extra={"examples": ["22:00-05:00"]})]


class Upgrade(Part):
    """What happens to a node's pods, and how long is waited for them."""

    drain: Literal["all", "agents", "none"] = Field(
        default="all",
        description="Nodes that are emptied of pods before their restart: all, agents, none. Default: all.",
    )
    drain_timeout_s: int = Field(
        default=600, ge=10, le=86_400, description="Seconds to wait for a node's pods to go. Default: 600."
    )
    delete_emptydir_data: bool = Field(
        default=True, description="Evict pods with data in emptyDir, which is lost. Default: true."
    )
    force: bool = Field(
        default=False, description="Delete pods that no controller brings back elsewhere. Default: false."
    )
    hours: HoursText | None = Field(
        default=None,
        description="Hours of the day, HH:MM-HH:MM by the jump host's clock, in which nodes may be begun; a node that "
        "is begun is finished. Default: any.",
    )

    by: Literal["auto", "ssh", "controller"] = Field(
        default="auto",
        description="Who takes nodes to their next release: ssh, the wizard itself; controller, Rancher's "
        "system-upgrade-controller; auto: the controller above 300 agents, else ssh. Default: auto.",
    )
    controller: tuple[LocalPath, ...] = Field(
        default=(),
        description="Manifests of a system-upgrade-controller (crd.yaml, system-upgrade-controller.yaml of one of its "
        "releases). Default: those of the bundle, else the one that the cluster has.",
    )

    @property
    def window(self) -> Hours | None:
        """The hours as such; None for any."""
        return Hours.of(self.hours) if self.hours else None
