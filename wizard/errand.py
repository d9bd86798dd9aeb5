"""What may be done to a cluster beside bringing it in line with its spec: each by its name, with a plan of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from wizard.membership.remove import Leaving, remove
from wizard.membership.remove_all import remove_all
from wizard.rollout.plan import Plan
from wizard.site import Site
from wizard.upgrade.back import back, put_back
from wizard.upgrade.plan import upgrade
from wizard.upgrade.restore.begun import Wish, begin
from wizard.upgrade.restore.plan import resolved, restore
from wizard.upkeep.certificates import rotate
from wizard.upkeep.snapshots import fetch, prune, save

About = Mapping[str, Any]
"""What the operator wants beyond the spec, as JSON values."""

UPGRADE = "upgrade"
"""To the release of the spec, and nothing else."""
RESTORE = "restore"
"""Back out of a snapshot; `about` is a Wish."""
BACK = "back"
"""One node, named in `about`, back to its former release."""
REMOVE = "remove"
"""Nodes out of the cluster; `about` is a Leaving."""
REMOVE_ALL = "remove-all"
"""The whole cluster off its machines."""
MEANWHILE = ("", UPGRADE, BACK, REMOVE)
"""What would start servers that a restore has stopped: not to be done before it is verified."""

SNAPSHOT = "snapshot"
"""A snapshot now, called as `about` says."""
FETCH = "snapshot-fetch"
"""A snapshot of a server, named in `about`, brought home."""
PRUNE = "snapshot-prune"
"""Old snapshots deleted, but for as many as `about` says."""
CERTIFICATES = "certificates"
"""New certificates for every node."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One of them: its plan, whether checks come before it, and what has to be kept once it begins."""

    plan: Callable[[Site, About], Plan]
    checked: bool = True
    """Whether nodes must be fit to carry a cluster: those that leave need not be."""
    consent: str = ""
    """What typing the cluster's name consents to; "" where a yes is enough."""
    begun: Callable[[Site, About], About] = lambda site, about: about
    """Keeps that it has begun, and returns what the engine is to be told."""


ERRANDS = {
    UPGRADE: Errand(lambda site, about: replace(upgrade(site), back=partial(put_back, site))),
    RESTORE: Errand(
        lambda site, about: restore(site, Wish.of(about)),
        consent="All servers are stopped, and etcd is made anew.",
        begun=lambda site, about: begin(resolved(site, Wish.of(about)), site.state).record(),
    ),
    BACK: Errand(lambda site, about: back(site, str(about["node"]))),
    SNAPSHOT: Errand(lambda site, about: save(site, str(about["name"])), checked=False),
    FETCH: Errand(lambda site, about: fetch(site, str(about["name"])), checked=False),
    PRUNE: Errand(lambda site, about: prune(site, int(about["keep"])), checked=False),
    CERTIFICATES: Errand(lambda site, about: rotate(site), checked=False),
    REMOVE: Errand(lambda site, about: remove(site, Leaving.of(about)), checked=False),
    REMOVE_ALL: Errand(
        lambda site, about: remove_all(site),
        checked=False,
        consent="The cluster is deleted from all of its machines, with its data and the snapshots there.",
    ),
}
