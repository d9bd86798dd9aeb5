"""What rotations share: the servers as they run now, and their restart one at a time with etcd proven around it."""

from wizard.distros.rke2.credentials import Credentials
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.start import Start
from wizard.errors import Refused
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.quorum import Quorum
from wizard.upgrade.release import Release
from wizard.upgrade.running import members
from wizard.whole import around


def names(site: Site) -> tuple[str, ...]:
    """Return the names of all servers, the first of the spec first."""
    return tuple(server.name for server in site.spec.servers)


def release(site: Site) -> Release:
    """Return the release that all servers run.

    Raises Refused while one can't be reached, is not known to the cluster, or runs another release than the spec's.
    """
    listed = members(site.survey)
    site.survey.must_answer(names(site), move="All servers take part in this; then do it again.")
    for name in names(site):
        if name not in listed:
            raise Refused(f"{name}: no server lists it as a node of the cluster", hint="Bring it up by apply first.")
        if listed[name].version != site.spec.version:
            raise Refused(
                f"{name} runs {listed[name].version}, the spec says {site.spec.version}",
                hint="Finish the upgrade first (upgrade apply), or put the version that runs into the spec.",
            )
    return Release.of(site.spec.version)


def _unwell_first(site: Site, servers: tuple[str, ...]) -> tuple[str, ...]:
    """Whoever is down comes before those that carry the cluster meanwhile: etcd spares no other one before."""
    listed = members(site.survey)
    return tuple(sorted(servers, key=lambda name: name in listed and listed[name].ready))


def restarts(
    site: Site, key: str, *, before: tuple[Step, ...] = (), after: tuple[Step, ...] = (), only: tuple[str, ...] = ()
) -> Stage:
    """Return the stage that starts RKE2 anew on one server after the other, where something was changed since.

    `before` is done on each server right before, `after` once etcd has it back; `only` names them where not all are.
    """
    every = names(site)
    steps: tuple[Step, ...] = (
        Reach(site.survey, prober(), again=True),
        Quorum(every, after=False),
        *before,
        Start(site),
        Ready(site),
        Quorum(every, after=True),
        *after,
    )
    return around(
        site,
        Stage(key, "Servers, one at a time", "servers", batches(_unwell_first(site, only or every), at_once=1), steps),
    )


def ending(site: Site, key: str, title: str, *steps: Step) -> Stage:
    """Return the last stage, on the first server: a restart may have made the kubeconfig anew, then `steps`."""
    first = (Reach(site.survey, prober(), again=True), Credentials(site))
    return Stage(key, title, "servers", ((site.spec.first_server.name,),), (*first, *steps))
