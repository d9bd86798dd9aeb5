"""Which snapshots of an RKE1 cluster there are, at home and on nodes of etcd, and the one that is meant."""

from collections.abc import Iterator

from wizard.distros.rke1.home import at_home
from wizard.distros.rke1.state import SNAPSHOTS, read_state
from wizard.site import Site
from wizard.spec.rke1_backup import backup_of
from wizard.upgrade.restore.choice import Kept, unknown

BUCKET = "the bucket"
"""The place of what `rke` itself is to fetch."""


def known(site: Site) -> tuple[Kept, ...]:
    """Return all snapshots of the cluster, the newest first; one that lies here too is not told again."""
    home = [
        Kept(each.name, str(each.path), "", each.size_bytes, each.at, each.version, each.sha256)
        for each in at_home(site)
    ]
    told = {each.name for each in home}
    there = (each for each in on_nodes(site) if each.name not in told)
    return tuple(sorted((*home, *there), key=lambda each: (-each.at, each.name)))


def on_nodes(site: Site) -> tuple[Kept, ...]:
    """Return the snapshots on nodes of etcd, each once, with the first node that has it."""
    found: dict[str, Kept] = {}
    for node in site.spec.etcd_nodes:
        facts = site.survey.facts.get(node.name)
        for each in read_state(facts).snapshots if facts else ():
            place = f"{SNAPSHOTS}/{each.name}.zip"
            found.setdefault(each.name, Kept(each.name, place, node.name, each.size_bytes, each.at))
    return tuple(found.values())


def choose(site: Site, name: str) -> Kept:
    """Return the snapshot of that name, the newest for ""; raises Refused when there is none.

    One that is neither here nor on a node is believed to lie in the spec's bucket, where `rke` looks first.
    """
    found = known(site)
    name = name.removesuffix(".zip")
    chosen = next((each for each in found if name in ("", each.name)), None)
    if chosen is None and name and site.spec.etcd.snapshots.s3:
        return Kept(name, BUCKET, site.spec.etcd_nodes[0].name, size_bytes=0, at=0)
    if chosen is None:
        hint = "Put one into /opt/rke/etcd-snapshots of a node of etcd, as NAME.zip."
        raise unknown(name, [each.name for each in found], none=hint)
    return chosen


def asides(site: Site) -> Iterator[str]:
    """Yield what a list of snapshots does not tell: how long they are kept, and what lies in S3."""
    snapshots = site.spec.etcd.snapshots
    if not snapshots.enabled:
        yield "RKE1 takes none by itself: etcd.snapshots.enabled is false"
        return
    kept = backup_of(site.spec)
    yield (
        f"RKE1 takes one every {kept.interval_hours} h and deletes its own after {kept.kept_hours} h; "
        "named ones stay until they are pruned"
    )
    if s3 := snapshots.s3:
        place = "/".join(filter(None, (s3.endpoint, s3.bucket, s3.folder)))
        yield f"each goes to S3 too, {place}, which is not looked at from here; restore takes it from there by its name"
