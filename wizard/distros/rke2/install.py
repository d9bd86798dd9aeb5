"""The plan that brings an RKE2 cluster up, or brings it in line with a changed spec.

Order (RKE2 documentation, "High Availability"): the first server to health, further servers strictly one at a time,
as etcd takes one learner, then agents.
"""

from collections.abc import Sequence
from functools import partial

from wizard.distros.prepare import cis, swap
from wizard.distros.prepare import firewall as fw
from wizard.distros.prepare.network_manager import CloudSetupOff, Unmanaged
from wizard.distros.prepare.settings import Modules, Sysctl
from wizard.distros.rke2 import needs, state
from wizard.distros.rke2.artifacts import releases
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.config import begins
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.credentials import Credentials
from wizard.distros.rke2.door import Door
from wizard.distros.rke2.install_release import InstallRelease
from wizard.distros.rke2.order import in_order, in_stages
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.selinux_policy import SelinuxPolicy, by_wizard
from wizard.distros.rke2.start import Start
from wizard.distros.rke2.supply import Supply
from wizard.errors import Refused
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.rollout.plan import Plan
from wizard.rollout.step import Extra, Probe, Step, nothing
from wizard.rollout.survey import Reach
from wizard.site import Site


def prober(extra: Extra = nothing, more: Sequence[str] = ()) -> Probe:
    """Return the probe that gathers all that planning reads, in one channel per node.

    `extra` adds to it by node; `more` are files that it looks at too.
    """
    files = (
        *more,
        state.CONFIG,
        state.REGISTRIES,
        state.KUBECONFIG,
        "/etc/default/rke2-server",
        "/etc/default/rke2-agent",
        needs.SYSCTL_PATH,
        needs.MODULES_PATH,
        Unmanaged().files("")[0].path,
    )

    async def look(host: Host) -> Facts:
        return await probe(host, files=files, extra=(state.PROBE, fw.PROBE, swap.PROBE, *extra(host.name)))

    return look


def install(site: Site) -> Plan:
    """Return what is still to be done on `site` so that every node runs the spec. Pure.

    Raises Refused for a cluster that runs another release: going there is an upgrade, with a snapshot first.
    """
    _refuse_other_release(site)
    # One for all stages: what it has proven once need not be hashed again.
    release = releases(site)
    supply = Supply.of(site, release, in_order(site)) if release else None
    stages = in_stages(site, partial(_steps, site, supply))
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    before = supply.stage(_opened(site), Reach(site.survey, prober()), key="spread", title="Files") if supply else None
    told = (*notes(site), *(supply.notes if supply else ()))
    return Plan(site.spec.name, tuple(s for s in (before, *stages) if s and s.batches), settled=rest, notes=told)


def _refuse_other_release(site: Site) -> None:
    for facts in site.survey.facts.values():
        for member in state.read_state(facts).members.values():
            if member.version != site.spec.version:
                raise Refused(
                    f"{member.name} runs {member.version}, the spec wants {site.spec.version}",
                    hint="rancher-wizard upgrade goes there hop by hop; or set version back to what runs.",
                )


def _steps(site: Site, supply: Supply | None, role: str, first: bool, at_once: int) -> tuple[Step, ...]:
    steps: list[Step] = [Reach(site.survey, prober()), Claim(site), *prepare(site, role)]
    if supply:
        steps.append(supply.send(at_once))
    steps.append(InstallRelease(site))
    if not (first and begins(site, site.spec.first_server)):
        steps.append(Door(site))
    steps += [Configure(site), Start(site), Ready(site)]
    if first:
        steps.append(Credentials(site))
    return tuple(steps)


def prepare(site: Site, role: str) -> list[Step]:
    """Return the steps that make a bare host fit, as far as the spec consents."""
    spec, consent = site.spec, site.spec.prepare
    hardened = spec.security.profile == "cis"
    steps: list[Step] = []
    if consent.modules:
        steps.append(Modules(needs.MODULES_PATH, needs.MODULES))
    if consent.sysctl:
        steps.append(Sysctl(needs.SYSCTL_PATH, needs.sysctls(spec)))
    if hardened and role == "server":
        steps.append(cis.EtcdUser())
    if consent.swap_off:
        steps.append(swap.SwapOff())
    if consent.networkmanager:
        steps.append(Unmanaged())
    if consent.nm_cloud_setup_off:
        steps.append(CloudSetupOff())
    if opened := _opened(site):
        steps.append(opened)
    if by_wizard(spec):
        steps.append(SelinuxPolicy(site))
    return steps


def _opened(site: Site) -> fw.OpenFirewall | None:
    """The step that opens the cluster's ports, where the operator wants that."""
    if site.spec.prepare.firewall != "open":
        return None
    spec = site.spec
    return fw.OpenFirewall(lambda name: needs.ports(spec, spec.node(name)), needs.networks(spec))


def notes(site: Site) -> tuple[str, ...]:
    """Say what the operator is to know: nodes that were not reached, firewalls that stand in the way."""
    found = [f"{name}: {error.what}" for name, error in sorted(site.survey.failures.items())]
    closed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, facts in site.survey.facts.items():
        firewall = fw.active_firewall(facts)
        if firewall and not (firewall in fw.OPENED and site.spec.prepare.firewall == "open"):
            closed.setdefault((firewall, needs.ports(site.spec, site.spec.node(name))), []).append(name)
    return (*found, *(_closed(names, firewall, wanted) for (firewall, wanted), names in closed.items()))


def _closed(names: Sequence[str], firewall: str, wanted: Sequence[str]) -> str:
    where = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    what = "runs and prepare.firewall is leave" if firewall in fw.OPENED else "drops what comes in by rules of your own"
    return f"{where}: {firewall} {what}; it must let in {' '.join(wanted)}"
