"""The node that answers for a cluster, and where its API is asked: there, or by kubectl on this machine."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wizard.errors import HostError, StepFailed, WizardError
from wizard.hosts.facts import Facts, read_facts
from wizard.hosts.host import Host
from wizard.hosts.runner import Runner
from wizard.hosts.script import Script
from wizard.kube.api import Kube
from wizard.kube.here import Here
from wizard.rollout.step import Hosts, Work
from wizard.site import Site

READY_S = 15.0
ASK_S = 120.0


@dataclass(frozen=True, slots=True)
class Door:
    """A node that answers for the cluster, and what asks the API by it."""

    host: Host
    api: Runner

    @property
    def name(self) -> str:
        """The node's name."""
        return self.host.name

    @property
    def kube(self) -> Kube:
        """The cluster's API."""
        return Kube(self.api)


def asked_here(site: Site) -> bool:
    """Whether the API is asked on this machine: no node of RKE1 keeps an administrator's kubeconfig."""
    return site.spec.engine == "rke1"


def door_at(site: Site, host: Host) -> Door:
    """Return the door at one node, whether or not its API is ready."""
    return Door(host, Here(site, host) if asked_here(site) else host)


async def open_door(site: Site, hosts: Hosts) -> tuple[Door | None, str]:
    """Return the first node whose API says that it is ready, else None and what each one said.

    Raises WizardError where no node could be asked from here.
    """
    doubts = []
    for node in site.spec.api_nodes:
        found = door_at(site, hosts(node.name))
        try:
            await found.kube.text("get", "--raw", "/readyz", timeout_s=READY_S)
        except HostError as error:
            doubts.append(error.message)
        else:
            return found, ""
    return None, "; ".join(doubts)


async def ready_door(site: Site, hosts: Hosts) -> Door:
    """Return the first node whose API is ready. Raises WizardError for none, with what each one said."""
    found, doubt = await open_door(site, hosts)
    if found is None:
        raise WizardError(f"no server's API is ready; {doubt}", hint="Bring the cluster up first, then do it again.")
    return found


async def door(work: Work, site: Site) -> Door:
    """Return a node that answers for the cluster; one that is down is passed over. Raises StepFailed for none."""
    found, doubt = await open_door(site, work.at)
    if found is None:
        raise StepFailed(
            work.node,
            f"no server's API is ready; {doubt}",
            cause="Kubernetes is down on all servers, or etcd has no majority.",
            hint="Bring the cluster up first: rancher-wizard apply; then retry.",
        )
    return found


class Asking:
    """The API asked from here once for all nodes of a survey: what the first says that is ready is true of all."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._turn = asyncio.Lock()
        self._answered = False

    async def beside(self, host: Host, scripts: Sequence[Script], facts: Facts) -> Facts:
        """Return a node's facts with what the API says by it; as they are where it was asked already, or can't be."""
        async with self._turn:
            if self._answered or not scripts:
                return facts
            door = door_at(self._site, host)
            lists = facts.lists
            try:
                await door.kube.text("get", "--raw", "/readyz", timeout_s=READY_S)
                for script in scripts:
                    lists = lists | read_facts((await door.api.run(script, timeout_s=ASK_S)).lines).lists
            except WizardError:
                return facts
            self._answered = True
        return replace(facts, lists=lists)
