"""All gates of an upgrade, in the order they are shown."""

from wizard.checks.check import Check
from wizard.checks.cluster import above, downtime, drains, interface, standing
from wizard.checks.cluster.gate import Gate

GATES: tuple[Gate, ...] = tuple(
    each
    for subject in (standing, above, interface, drains, downtime)
    for each in vars(subject).values()
    if isinstance(each, Gate)
)
GATE_CHECKS: tuple[Check, ...] = tuple(each.check for each in GATES)
