"""All gates of an upgrade, in the order they are shown."""

from wizard.checks.check import Check
from wizard.checks.cluster import above, downtime, drains, interface, standing
from wizard.checks.cluster.gate import Gate
from wizard.spec.models import Spec

GATES: tuple[Gate, ...] = tuple(
    each
    for subject in (standing, above, interface, drains, downtime)
    for each in vars(subject).values()
    if isinstance(each, Gate)
)
GATE_CHECKS: tuple[Check, ...] = tuple(each.check for each in GATES)
_RKE2_ALONE = ("upgrade.members", "upgrade.charts")
"""RKE1's nodes do not tell of etcd, and it has no charts of its own."""


def gates(spec: Spec) -> tuple[Gate, ...]:
    """Return the gates of a spec's distribution."""
    return tuple(each for each in GATES if spec.distribution != "rke1" or each.check.id not in _RKE2_ALONE)


def gate_checks(spec: Spec) -> tuple[Check, ...]:
    """Return the gates of a spec's distribution as checks."""
    return tuple(each.check for each in gates(spec))
