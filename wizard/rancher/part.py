"""Rancher as a part of the plan: one stage after the cluster itself."""

from collections.abc import Sequence
from functools import partial

from wizard.hosts.script import Script
from wizard.kube import here
from wizard.kube.door import asked_here
from wizard.part import Part
from wizard.rancher.answers import Answers
from wizard.rancher.backup import Backup, Save
from wizard.rancher.by_helm import ByHelm
from wizard.rancher.by_manifest import ByManifest
from wizard.rancher.helm import lacking
from wizard.rancher.release import releases
from wizard.rancher.secrets import root, seal
from wizard.rancher.state import LOOK
from wizard.rancher.steps import Deliver, Deliverer, Secrets, seen
from wizard.rancher.ways import obstacles, upgrading
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher

KEY = "rancher"


IN_THE_CLEAR = (
    "rancher.tls is external: whoever reaches port 80 of a node with the ingress has Rancher in the clear, passwords "
    "and all; let the balancer alone come there"
)
"""Source: chart/templates/ingress.yaml of rancher/rancher: nobody is sent on to https (ssl-redirect: false)."""
CA_CHANGES = (
    "Rancher's CA becomes another one, and agents of managed clusters refuse a CA that they were not registered with: "
    "afterwards run the registration command of each such cluster again, by Rancher's name"
)


def machines(spec: Spec) -> tuple[str, ...]:
    """The nodes that answer as the API: through one of them the cluster is reached."""
    return tuple(node.name for node in spec.api_nodes) if spec.rancher else ()


def asks(spec: Spec, name: str) -> Sequence[Script]:
    """Ask each of them what of Rancher it sees."""
    return (LOOK,) if name in machines(spec) else ()


def stages(site: Site, *, save: Save) -> tuple[Stage, ...]:
    """Return one stage, on the first server in name: any server that answers does the work.

    `save` backs the cluster up before another Rancher comes.
    """
    rancher = site.spec.rancher
    if rancher is None:
        return ()
    first, steps = site.spec.api_nodes[0].name, _steps(site, rancher, save)
    batches = () if settled(first, steps, site.survey) else ((first,),)
    return (Stage(KEY, f"Rancher {rancher.version}", "servers", batches, steps),)


def notes(site: Site) -> tuple[str, ...]:
    """Return what this machine lacks, what stands open, what an upgrade meets, and what a backup would need."""
    rancher, state = site.spec.rancher, seen(site, site.survey)
    if rancher is None:
        return ()
    lines = [*_missing(site, rancher), *([IN_THE_CLEAR] if rancher.tls == "external" else [])]
    if state is None:
        return tuple(lines)
    if upgrading(state, rancher):
        lines.append(f"Rancher {state.rancher} becomes {rancher.version}; an etcd snapshot is made first")
        if not state.backup_operator:
            lines.append(
                "the rancher-backup operator is not installed: a snapshot brings the whole cluster back, "
                "not Rancher alone"
            )
    if state.rancher and state.stamps.get("ca", "") not in ("", root(site, rancher)):
        lines.append(CA_CHANGES)
    return (*lines, *(f"{what}. {move}" for what, move in obstacles(state, rancher)))


def _missing(site: Site, rancher: Rancher) -> tuple[str, ...]:
    """What this machine lacks, before a cluster is brought up for it."""
    told = (lacking(site) if rancher.how == "helm" else "", here.lacking(site) if asked_here(site) else "")
    return tuple(f"Rancher can not be installed yet: {each}" for each in told if each)


def _steps(site: Site, rancher: Rancher, save: Save) -> tuple[Step, ...]:
    by: Deliverer = ByHelm(site, rancher) if rancher.how == "helm" else ByManifest(site, rancher)
    delivered = (Deliver(site, release, by) for release in releases(site.spec))
    return (Backup(site, rancher, save), Secrets(site, rancher), *delivered, Answers(site, rancher))


def rancher_part(save: Save) -> Part:
    """Return the part; `save` is how its distribution backs a cluster up."""
    return Part(KEY, partial(stages, save=save), machines=machines, asks=asks, notes=notes, seal=seal)
