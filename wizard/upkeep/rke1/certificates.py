"""Certificates of a running RKE1 cluster: made anew by `rke cert rotate`, of one service or all, or with another CA.

Source: rancher/rke release/v1.6, cmd/cert.go: control planes and workers are restarted in any case, etcd where all
certificates, its own or the CA are new.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wizard.checks.cluster.certificate import Certificate, of_pem
from wizard.distros.rke1 import ward
from wizard.distros.rke1.after import AllReady, Keep
from wizard.distros.rke1.follow import Ended
from wizard.distros.rke1.install import notice, snapshot_of
from wizard.distros.rke1.launch import launch, task_of
from wizard.distros.rke1.order import ended_well_since
from wizard.distros.rke1.phases import members, phases
from wizard.distros.rke1.rke import Rke
from wizard.distros.rke1.treasure import read_state_file
from wizard.errors import Refused, WizardError
from wizard.rollout.plan import Plan
from wizard.rollout.step import Work
from wizard.site import Site
from wizard.upkeep.rke1.snapshots import living

HERE = "this machine"
_APPLY = "rancher-wizard apply first, then rotate."


def rotate(site: Site, about: Mapping[str, Any], *, ca: bool) -> Plan:
    """Return the plan that gives the cluster new certificates; `about` has `services`, none for all. Pure.

    With `ca` all are made by a new authority, and a snapshot comes first. Raises Refused for a cluster that is not as
    its spec wants it: `rke` would change that too.
    """
    state, spec = living(site), site.spec
    begun = ca and ward.renewal(site.state).exists()
    if not ca:
        ward.refuse_renewing(site)
    services = tuple(map(str, about.get("services", ())))
    if state.version != spec.version:
        raise Refused(
            f"the cluster runs {state.version}, the spec says {spec.version}",
            hint="Finish the upgrade first (upgrade apply), or put the version that runs into the spec.",
        )
    if not ward.applied(site):
        hint = "Put it back as it was applied: apply waits for another CA that was begun." if begun else _APPLY
        raise Refused("the spec was changed since it was applied", hint=hint)
    words = [word for name in services for word in ("--service", name)] + ["--rotate-ca"] * ca

    command = ("cert", "rotate", *words)

    def start(work: Work) -> str:
        if ca and ended_well_since(ward.folder(site), task_of(site, *command), ward.renewal(site.state)):
            return "rke had made them before its engine was lost: it is not begun again"
        if ca:
            ward.renewing(site)
        return launch(site, work, *command)

    rke = Rke(site, members(spec), start, lambda: task_of(site, *command))
    after = (Ended(rke), Keep(site), AllReady(site, tuple(node.name for node in spec.nodes)))
    stages = [*phases(spec, rke, spec.nodes, living=True, after=after)]
    if services and not ca and "etcd" not in services:
        stages = [stage for stage in stages if stage.key != "etcd"]
    if ca and not begun:
        # Of a cluster with two CAs there is none to take.
        stages.insert(0, snapshot_of(site, "before-new-ca-", "Snapshot before another CA"))
    return Plan(
        spec.name,
        tuple(stage for stage in stages if stage.batches),
        notes=tuple(_notes(site, services, ca=ca, begun=begun)),
        command="certs rotate" + " --rotate-ca" * ca,
        notice=notice(),
    )


def _notes(site: Site, services: Sequence[str], *, ca: bool, begun: bool) -> list[str]:
    notes = ["Another CA was begun before: it goes on where it was."] * begun
    notes += [
        "The API server, controllers, scheduler and kubelets of all nodes restart, whichever certificates are new."
    ]
    if services:
        notes.append(f"New ones for: {', '.join(services)}")
    if ca:
        copies = ward.treasury(site).copies()
        if len({copy.ca for copy in copies}) > 1 and not begun:
            made = next(copy for copy in copies if copy.ca == copies[-1].ca)
            notes.append(f"The CA of now was made by rotation, {made.taken}; this makes one more.")
        notes.append(
            "All kubeconfigs made before end; pods that talk to the API keep the former CA until they restart: restart "
            "your own (kubectl rollout restart); rke restarts those of network, ingress, DNS and metrics."
        )
    return notes


def in_state(site: Site) -> dict[str, tuple[Certificate, ...]]:
    """Return the certificates of the state file here, the administrator's among them, which no node has.

    None where there is no state file that can be read.
    """
    try:
        state = read_state_file(ward.state_path(site))
    except WizardError:
        return {}
    if state is None:
        return {}
    bundle = json.loads(state.text)["desiredState"]["certificatesBundle"]
    found = (
        of_pem(f"{ward.state_path(site).name}: {name}", str(each.get("certificatePEM") or ""))
        for name, each in bundle.items()
    )
    papers = tuple(each for each in found if each)
    return {HERE: papers} if papers else {}
