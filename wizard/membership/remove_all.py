"""The plan that takes a whole cluster away: agents, servers, then what stands in front of them."""

from collections.abc import Sequence

from wizard.balancers.haproxy.steps import removal
from wizard.balancers.keepalived.scripts import NAME, REMOVE
from wizard.balancers.keepalived.steps import JOB
from wizard.balancers.take_away import TakeAway
from wizard.membership.steps import FILES, Uninstall
from wizard.rollout.batches import batches
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Step
from wizard.site import Site

AT_ONCE = 16
BRING_BACK = "What is gone for good is taken out first: rancher-wizard nodes remove SPEC NODE --dead."
GONE = (
    "/var/lib/rancher/rke2 (etcd, its snapshots, images, logs)",
    "/etc/rancher",
    "/var/lib/kubelet (data of emptyDir volumes)",
    "/etc/cni and /opt/cni/bin",
    "/var/log/pods",
    "RKE2's program and units",
    *FILES,
)
"""What is deleted on a node. Source: RKE2's rke2-uninstall.sh; the last ones are the wizard's own."""


def remove_all(site: Site) -> Plan:
    """Return what is to be done so that nothing of the cluster is left on its machines. Pure.

    Raises Refused while a machine can't be reached: RKE2 would come back there.
    """
    site.survey.must_answer(sorted(site.survey.failures), move=BRING_BACK)
    spec, uninstall = site.spec, (Uninstall(site),)
    keepalived = TakeAway(NAME, "keepalived", JOB, REMOVE, expected_s=8.0)
    stages = (
        _stage("agents", [node.name for node in spec.agents], uninstall, at_once=AT_ONCE),
        _stage("servers", [node.name for node in spec.servers], uninstall, at_once=AT_ONCE),
        _stage("balancers", [machine.name for machine in spec.front], (keepalived, *removal()), at_once=1),
    )
    notes = (
        f"Deleted on every node: {'; '.join(GONE)}",
        f"Kept here: {site.state} with its sealed snapshots and tokens, under another name",
    )
    return Plan(spec.name, tuple(stage for stage in stages if stage.batches), notes=notes, command="remove")


def _stage(noun: str, names: Sequence[str], steps: tuple[Step, ...], *, at_once: int) -> Stage:
    cut = batches(names, at_once=at_once)
    return Stage(f"remove-{noun}", f"Remove {noun}", noun, cut, steps, at_once=at_once, max_failed=len(names))
