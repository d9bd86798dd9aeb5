"""How a running cluster is brought to another release."""

from typing import Literal

from pydantic import Field

from wizard.spec.field import Part


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
