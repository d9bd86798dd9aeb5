"""What is allowed in a spec but worth a second thought."""

from collections.abc import Iterator

from wizard.spec import metallb_warning, rancher_rule, rke1_rule
from wizard.spec.address import same_form
from wizard.spec.models import Spec
from wizard.spec.problem import Problem
from wizard.spec.rules import Rule

MOST_SERVERS = 7


def odd_servers(spec: Spec) -> Iterator[Problem]:
    """An even number of etcd members outlives no more failures than one less."""
    count = len(spec.etcd_nodes)
    if count % 2 == 0 and count:
        what = f"{count} {_members(spec)} outlive {(count - 1) // 2} failures, as {count - 1} would"
        yield Problem(("nodes",), what, "an odd number is better")


def few_servers(spec: Spec) -> Iterator[Problem]:
    """Each write waits for a majority of the etcd members."""
    count = len(spec.etcd_nodes)
    if count > MOST_SERVERS:
        what = f"{count} {_members(spec)} make each write to etcd wait for {count // 2 + 1}"
        yield Problem(("nodes",), what, "3 or 5 do for most")


def _members(spec: Spec) -> str:
    return "servers" if spec.distribution == "rke2" else "etcd nodes"


def registration_of_its_own(spec: Spec) -> Iterator[Problem]:
    """Behind one server's own address, no node can join while that server is down."""
    if spec.distribution == "rke1":
        return
    own = {
        same_form(address): node.name for node in spec.servers for address in (node.address, *node.internal_addresses)
    }
    server = own.get(same_form(spec.registration_address))
    if len(spec.servers) > 1 and server:
        path = ("registration", "address") if spec.registration.address else ("registration",)
        what = f"nodes join at the address of {server}; while it is down, none can"
        yield Problem(path, what, "a virtual IP, a balancer or a name with all servers")


def room_for_workloads(spec: Spec) -> Iterator[Problem]:
    """Ingress and metrics stay Pending where nothing may run."""
    if not spec.agents and all(
        any(not taint.endswith(":PreferNoSchedule") for taint in node.taints) for node in spec.nodes
    ):
        yield Problem(("nodes",), "all nodes are tainted servers: ingress and workloads have no place", "add an agent")


def careful_rollout(spec: Spec) -> Iterator[Problem]:
    """A canary is for when others follow; so is a batch."""
    workers, agents = spec.rollout.workers, len(spec.agents)
    path = ("rollout", "workers")
    if workers.canary and workers.canary >= agents:
        yield Problem((*path, "canary"), f"{workers.canary} canaries of {agents} agents leave none for later", "fewer")
    if workers.soak_s and not workers.canary:
        yield Problem((*path, "soak_s"), "nothing soaks without a canary", "canary: 1")
    if agents > 1 and spec.workers_at_once(agents) == agents and workers.at_once != 1:
        yield Problem((*path, "at_once"), f"all {agents} agents are worked on at once", "a share such as 10%")


def copied_snapshots(spec: Spec) -> Iterator[Problem]:
    """Nothing is copied where nothing is taken."""
    snapshots = spec.etcd.snapshots
    if snapshots.s3 and not snapshots.enabled:
        yield Problem(("etcd", "snapshots", "s3"), "scheduled snapshots are off, so none is copied", "enabled: true")


WARNINGS: tuple[Rule, ...] = (
    odd_servers,
    few_servers,
    registration_of_its_own,
    room_for_workloads,
    careful_rollout,
    copied_snapshots,
    *metallb_warning.WARNINGS,
    *rancher_rule.WARNINGS,
    *rke1_rule.WARNINGS,
)
