"""kube-vip's part of the plan: the address comes up with the first server, and every server can carry it."""

from collections.abc import Sequence
from dataclasses import replace

from wizard.balancers.keepalived.free import ProveFree
from wizard.balancers.keepalived.pair import Pair
from wizard.balancers.keepalived.state import PROBE as LINKS
from wizard.balancers.kube_vip.steps import PROBE, VipAnswers, WriteKubeVip
from wizard.balancers.part import KEY
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.hosts.script import Script
from wizard.part import Part
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step, Survey
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.models import Spec


def servers(spec: Spec) -> tuple[str, ...]:
    """Return the names of the servers that carry the virtual IP; none where kube-vip is not asked for."""
    wanted = spec.balancer is not None and spec.balancer.kind == "kube-vip"
    return tuple(node.name for node in spec.servers) if wanted else ()


def looks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what such a server is looked at by."""
    return (PROBE, LINKS) if name in servers(spec) else ()


def stages(site: Site) -> tuple[Stage, ...]:
    """Return the stage of the servers that lack the manifest, or have another."""

    async def look(host: Host) -> Facts:
        return await probe(host, extra=looks(site.spec, host.name))

    names = servers(site.spec)
    if not names:
        return ()
    written = WriteKubeVip(site)
    steps: tuple[Step, ...] = (_free(site, written), written, VipAnswers(site, written))
    todo = [name for name in names if not settled(name, steps, site.survey)]
    # The first server's stage has brought the address up: facts from before would call it somebody else's.
    reach = Reach(site.survey, look, again=True)
    return (Stage("kube-vip", "Virtual IP", "servers", batches(todo, at_once=1), (reach, *steps)),)


def around(site: Site, stage: Stage) -> Stage:
    """Return the first server's stage with kube-vip in it: the others join through the address."""
    if stage.key != "first-server" or not servers(site.spec):
        return stage
    written = WriteKubeVip(site)
    steps: list[Step] = []
    for step in stage.steps:
        if step.key == "start":
            steps += [_free(site, written), written]
        steps.append(step)
    return replace(stage, steps=(*steps, VipAnswers(site, written)))


def _free(site: Site, written: WriteKubeVip) -> ProveFree:
    def ours(survey: Survey) -> bool:
        return any(written.settled(name, survey) for name in servers(site.spec))

    return ProveFree(Pair(site, site.spec.servers), ours, title="Prove the virtual IP unused")


KUBE_VIP = Part(KEY, stages, machines=servers, looks=looks, around=around)
