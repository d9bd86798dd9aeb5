"""RKE1's scheduled snapshots: every so many hours, kept for so many of them.

Source: rancher/rke-tools main.go; what is older than interval_hours x retention hours is deleted.
"""

import re
from dataclasses import dataclass

from wizard.spec.models import Spec

WISE_HOURS = 72
"""What breaks on a Friday is found on a Monday."""
_EVERY = re.compile(r"[0-9]+ \*/([0-9]+) \* \* \*")
_DAILY = re.compile(r"[0-9]+ [0-9]+ \* \* \*")


@dataclass(frozen=True, slots=True)
class Backup:
    """Hours between two snapshots, and how many times that they are kept."""

    interval_hours: int
    retention: int

    @property
    def kept_hours(self) -> int:
        """Hours that a snapshot is kept."""
        return self.interval_hours * self.retention


def interval_of(schedule: str) -> int | None:
    """Take a cron schedule; return the hours between two runs, None where they are not always as many."""
    if _DAILY.fullmatch(schedule):
        return 24
    hours = _EVERY.fullmatch(schedule)
    return int(hours[1]) if hours and int(hours[1]) in (1, 2, 3, 4, 6, 8, 12) else None


def backup_of(spec: Spec) -> Backup:
    """Return how RKE1 takes the spec's snapshots; what the spec does not say of their number is three days' worth."""
    snapshots = spec.etcd.snapshots
    hours = interval_of(snapshots.schedule) or 12
    kept = snapshots.retention if "retention" in snapshots.model_fields_set else -(-WISE_HOURS // hours)
    return Backup(hours, kept)
