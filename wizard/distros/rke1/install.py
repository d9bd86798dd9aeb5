"""The plan that brings an RKE1 cluster up, or in line with a changed spec."""

from wizard.distros.prepare import firewall as fw
from wizard.distros.prepare import swap
from wizard.distros.rke1.write import WriteClusterYml, place
from wizard.distros.sealing import seal_references
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.profiles import profile
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Extra, Probe, nothing
from wizard.site import Site


def prober(extra: Extra = nothing) -> Probe:
    """Return the probe that gathers all that planning reads, in one channel per node; `extra` adds to it by node."""

    async def look(host: Host) -> Facts:
        return await probe(host, extra=(fw.PROBE, swap.PROBE, *extra(host.name)))

    return look


def install(site: Site) -> Plan:
    """Return what is still to be done on `site`."""
    step, first = WriteClusterYml(site), site.spec.first_server.name
    todo = () if step.settled(first, site.survey) else ((first,),)
    stages = (Stage("cluster-yml", "cluster.yml", "servers", todo, (step,)),)
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    return Plan(site.spec.name, tuple(s for s in stages if s.batches), settled=rest, notes=_notes(site))


def seal(site: Site) -> None:
    """Bring every secret that the spec refers to into the vault. Raises BadSpec for one that can't be read."""
    site.identity.save(site.state)
    seal_references(site)


def _notes(site: Site) -> tuple[str, ...]:
    failures = (f"{name}: {error.what}" for name, error in sorted(site.survey.failures.items()))
    mine = f"this version writes cluster.yml only; then run: rke up --config {place(site)}"
    return (profile("rke1/end_of_life")["note"], mine, *failures)
