"""`source`: where the release files come from."""

from typing import Literal

from pydantic import Field

from wizard.spec.field import LocalPath, Part, WebUrl


class Source(Part):
    """Where the release files come from."""

    kind: Literal["online", "folder", "bundle"] = Field(
        default="online",
        description="online: nodes download the pinned version; folder: the wizard uploads it; bundle: the wizard "
        "uploads it out of the file that `bundle create` made. Default: online.",
    )
    mirror: WebUrl | None = Field(
        default=None, description="online: root URL of a mirror of the releases. Default: the vendor."
    )
    path: LocalPath | None = Field(
        default=None,
        description="folder: its files, relative to the spec's folder; or one folder a release in it, named after it. "
        "bundle: the file.",
    )
    spread: Literal["auto", "star", "fan-out", "registry"] = Field(
        default="auto",
        description="folder, bundle: star: the wizard uploads to every node; fan-out: nodes hand on to each other what "
        "they have; auto: what of these is quicker by the plan's own estimate; registry: the first server gets the "
        "images, and all others pull them by RKE2's embedded registry. Default: auto.",
    )
    key: LocalPath | None = Field(
        default=None,
        description="bundle: public key of whoever signed it. Default: the keys that `bundle trust` was told.",
    )
    base: tuple[LocalPath, ...] = Field(
        default=(),
        description="bundle: for a delta, the bundle that it was made for; where that is a delta too, those below it "
        "first. Default: none.",
    )
