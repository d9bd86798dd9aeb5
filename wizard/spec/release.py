"""The release that a cluster runs, pinned, as each distribution writes it."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from wizard.spec.fault import fault
from wizard.spec.field import RKE2_VERSION, rke2_version
from wizard.spec.problem import quoted

RKE1_VERSION = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+-rancher[0-9]+(-[0-9]+)?")
SURPRISE = "without a pinned version `rke` takes its own default, and a newer `rke` upgrades the cluster by surprise"
RKE1_EXAMPLE = "a version such as v1.30.14-rancher1-1"
RANCHERD_VERSION = re.compile(r"v2\.5\.[0-9]+")
"""The first RancherD carries the version of the Rancher that it belongs to."""


def _release(value: object, info: ValidationInfo) -> object:
    # Where the distribution is wrong itself, either form is taken: a second complaint would be no news.
    match info.data.get("distribution"):
        case "rke1":
            return _rke1(str(value))
        case "rancherd" | None if RANCHERD_VERSION.fullmatch(str(value)):
            return value
        case None if RKE1_VERSION.fullmatch(str(value)):
            return value
    if RKE1_VERSION.fullmatch(str(value)):
        raise fault(f"{quoted(value)} is a version of RKE1", "a release such as v1.34.2+rke2r1, or distribution: rke1")
    return rke2_version(value)


def _rke1(text: str) -> str:
    if RKE1_VERSION.fullmatch(text):
        return text
    if RKE2_VERSION.fullmatch(text):
        raise fault(f"{quoted(text)} is a release of RKE2", f"{RKE1_EXAMPLE}, or distribution: rke2")
    if re.fullmatch(r"v?[0-9]+\.[0-9]+\.[0-9]+", text):
        raise fault(f"{quoted(text)} names a Kubernetes version, not one of RKE1", f"v{text.lstrip('v')}-rancher1-1")
    if text in ("", "None", "latest", "stable", "default") or re.fullmatch(r"v?[0-9]+(\.[0-9]+)?", text):
        raise fault(f"{quoted(text)} is not pinned: {SURPRISE}", RKE1_EXAMPLE)
    raise fault(f"{quoted(text)} is not a version", RKE1_EXAMPLE)


Release = Annotated[
    str,
    BeforeValidator(_release),
    Field(
        json_schema_extra={
            "pattern": f"^({RKE2_VERSION.pattern}|{RKE1_VERSION.pattern}|{RANCHERD_VERSION.pattern})$",
            "examples": ["v1.34.2+rke2r1", "v1.30.14-rancher1-1", "v2.5.9"],
        }
    ),
]
