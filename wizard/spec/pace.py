"""How far and how fast a rollout goes."""

from typing import Literal

from pydantic import Field

from wizard.spec.field import Part, Share, ShareAboveZero


class Workers(Part):
    """How agents are worked on."""

    at_once: ShareAboveZero = Field(
        default="10%", description="Agents worked on together, a count or N%, rounded up. Default: 10%."
    )
    order: Literal["batches", "rolling"] = Field(
        default="batches",
        description="batches: the next ones start when all of a batch are healthy; rolling: as soon as one is. "
        "Default: batches.",
    )
    max_failed: Share = Field(
        default="10%", description="Failed agents, a count or N%, after which no more start. Default: 10%."
    )
    canary: int = Field(default=0, ge=0, le=1000, description="Agents to do first, alone. Default: 0.")
    soak_s: int = Field(
        default=0, ge=0, le=604_800, description="Seconds to watch the canary before the others start. Default: 0."
    )


class Rollout(Part):
    """How far and how fast. Servers always go one at a time."""

    workers: Workers = Field(default=Workers(), description="How agents are worked on. Default: batches of 10%.")
