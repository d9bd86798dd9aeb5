"""What must hold between the fields of upgrade."""

from collections.abc import Iterator

from wizard.spec.models import Spec
from wizard.spec.problem import Problem, quoted


def controller_of_rke2(spec: Spec) -> Iterator[Problem]:
    """The system-upgrade-controller brings RKE2's program; its manifests are read where nodes go by it alone."""
    upgrade = spec.upgrade
    if upgrade.by == "controller" and spec.distribution != "rke2":
        yield Problem(("upgrade", "by"), f"'controller' is not for {spec.distribution}", "auto")
    if upgrade.controller and upgrade.by == "ssh":
        yield Problem(("upgrade", "controller"), f"is not read when by is {quoted('ssh')}", "by: controller, or none")


RULES = (controller_of_rke2,)
