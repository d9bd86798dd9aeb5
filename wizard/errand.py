"""What may be done to a cluster beside bringing it in line with its spec: each by its name, with a plan of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from wizard.distros.rke2.tokens import take
from wizard.errors import Refused
from wizard.membership.remove import Leaving, remove
from wizard.membership.remove_all import remove_all
from wizard.membership.rke1 import remove as rke1_remove
from wizard.rollout.plan import Plan
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.upgrade.back import back, put_back
from wizard.upgrade.plan import upgrade
from wizard.upgrade.restore.begun import Wish, begin
from wizard.upgrade.restore.choice import choose, token_of
from wizard.upgrade.restore.plan import resolved, restore
from wizard.upgrade.rke1 import plan as rke1_plan
from wizard.upgrade.rke1 import restore as rke1_restore
from wizard.upkeep import encryption, token
from wizard.upkeep.certificates import rotate
from wizard.upkeep.rke1 import certificates as rke1_certificates
from wizard.upkeep.rke1 import snapshots as rke1_snapshots
from wizard.upkeep.schedule import reconfigure
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

SNAPSHOT = "snapshot"
"""A snapshot now, called as `about` says."""
FETCH = "snapshot-fetch"
"""A snapshot of a server, named in `about`, brought home."""
PRUNE = "snapshot-prune"
"""Old snapshots deleted, but for as many as `about` says."""
CERTIFICATES = "certificates"
"""New certificates for every node; with RKE1, `about` may name services."""
AUTHORITY = "authority"
"""New ones by a new authority; with RKE1 alone."""
TOKEN = "token"  # noqa: S105 - the name of an errand
"""A new token for the servers; `about` may name the `source` of it."""
SCHEDULE = "schedule"
"""The servers' configuration, for another schedule of snapshots."""
ENCRYPTION = "secrets-encryption"
"""A new key for Secrets."""

MEANWHILE = ("", UPGRADE, BACK, REMOVE, CERTIFICATES, AUTHORITY, TOKEN, SCHEDULE, ENCRYPTION)
"""What would start servers that a restore has stopped: not to be done before it is verified."""
WITH_EITHER_TOKEN = (RESTORE, REMOVE_ALL, FETCH, PRUNE, TOKEN)
"""What may be done while servers hold either token of a rotation that was cut short."""


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


def _restoring(site: Site, about: About) -> About:
    """Keep that a restore begins, with the token that opens its snapshot as the one that holds."""
    wish = resolved(site, Wish.of(about))
    token.abandon(site)
    if wish.snapshot and (opens := token_of(site.vault, choose(site, wish.snapshot, bucket=wish.bucket))):
        take(site.vault, opens)
    return begin(wish, site.state).record()


_RKE2 = {
    UPGRADE: Errand(lambda site, about: replace(upgrade(site), back=partial(put_back, site))),
    RESTORE: Errand(
        lambda site, about: restore(site, Wish.of(about)),
        consent="All servers are stopped, and etcd is made anew.",
        begun=_restoring,
    ),
    BACK: Errand(lambda site, about: back(site, str(about["node"]))),
    SNAPSHOT: Errand(lambda site, about: save(site, str(about["name"])), checked=False),
    FETCH: Errand(lambda site, about: fetch(site, str(about["name"])), checked=False),
    PRUNE: Errand(lambda site, about: prune(site, int(about["keep"])), checked=False),
    CERTIFICATES: Errand(lambda site, about: rotate(site), checked=False),
    SCHEDULE: Errand(lambda site, about: reconfigure(site), checked=False),
    ENCRYPTION: Errand(lambda site, about: encryption.rotate(site), checked=False),
    TOKEN: Errand(lambda site, about: token.rotate(site), checked=False, begun=token.begin),
    REMOVE: Errand(lambda site, about: remove(site, Leaving.of(about)), checked=False),
    REMOVE_ALL: Errand(
        lambda site, about: remove_all(site),
        checked=False,
        consent="The cluster is deleted from all of its machines, with its data and the snapshots there.",
    ),
}
_RKE1 = {
    UPGRADE: Errand(lambda site, about: rke1_plan.upgrade(site)),
    RESTORE: Errand(
        lambda site, about: rke1_restore.restore(site, Wish.of(about)),
        consent="Kubernetes is wiped off all nodes, and etcd is made anew.",
        begun=lambda site, about: begin(rke1_restore.resolved(site, Wish.of(about)), site.state).record(),
    ),
    SNAPSHOT: Errand(lambda site, about: rke1_snapshots.save(site, str(about["name"])), checked=False),
    FETCH: Errand(lambda site, about: rke1_snapshots.fetch(site, str(about["name"])), checked=False),
    PRUNE: Errand(lambda site, about: rke1_snapshots.prune(site, int(about["keep"])), checked=False),
    CERTIFICATES: Errand(lambda site, about: rke1_certificates.rotate(site, about, ca=False), checked=False),
    AUTHORITY: Errand(
        lambda site, about: rke1_certificates.rotate(site, about, ca=True),
        checked=False,
        consent="All kubeconfigs end, and every component restarts.",
    ),
    REMOVE: Errand(
        lambda site, about: rke1_remove.remove(site, Leaving.of(about)),
        checked=False,
        consent="What is listed above is deleted from these nodes.",
    ),
    REMOVE_ALL: Errand(
        lambda site, about: rke1_remove.remove_all(site),
        checked=False,
        consent="What is listed above is deleted from all of its machines.",
    ),
}
_BY: Mapping[str, Mapping[str, Errand]] = {"rke2": _RKE2, "rke1": _RKE1, "rancherd": {}}
KINDS = frozenset((*_RKE2, *_RKE1))
_NAMES = {"rke2": "RKE2", "rke1": "RKE1", "rancherd": "RancherD"}
_INSTEAD = {
    "rke1": "With RKE1, change the spec and apply it: `rke` finds out what has changed. The way back of a node "
    "is that of all of them: rancher-wizard restore.",
    "rancherd": "RancherD only begins a cluster; Rancher looks after it from then on. Its successor is looked after "
    "here: rancher-wizard new --from SPEC --successor.",
}


def errand_of(spec: Spec, name: str) -> Errand | None:
    """Return the errand of that name for a spec's cluster; None for a name that is no errand's.

    Raises Refused for one that its distribution does not know.
    """
    if name not in KINDS:
        return None
    found = _BY[spec.distribution].get(name)
    if found is None:
        others = " or ".join(_NAMES[key] for key, table in _BY.items() if name in table)
        raise Refused(
            f"{name} is for clusters of {others}; {spec.name} is one of {_NAMES[spec.distribution]}",
            hint=_INSTEAD.get(spec.distribution, ""),
        )
    return found
