"""A snapshot of etcd by `rke`, before something that has no way back."""

from dataclasses import replace
from functools import partial

from wizard.distros.rke1.launch import launch
from wizard.distros.rke1.reading import Reading
from wizard.distros.rke1.snapshot import Snapshot
from wizard.kube.door import Door
from wizard.rollout.step import Work
from wizard.site import Site


async def save(site: Site, work: Work, at: Door, name: str) -> None:
    """Have rke save a snapshot whose name begins with `name`, unless there is a young one. Raises as Snapshot does."""
    node = site.spec.etcd_nodes[0].name
    snapshot = Snapshot(site, partial(launch, site), lambda: Reading(()), f"{name}-")
    await snapshot.carry_out(replace(work, node=node, host=work.at(node)))
