"""The state file of one site: where it lies, whether it may be gone on with, and its sealed copies."""

import contextlib
import hashlib
from pathlib import Path

from wizard.distros.rke1.cluster_yml import real
from wizard.distros.rke1.order import running
from wizard.distros.rke1.standing import Standing
from wizard.distros.rke1.state import read_state
from wizard.distros.rke1.treasure import Copy, StateFile, Treasury, move_aside, put_back, read_state_file
from wizard.distros.rke1.write import FOLDER, place
from wizard.errors import Busy, Refused, WizardError
from wizard.files import write_private
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.site import state_path as cluster_state
from wizard.spec.models import Spec
from wizard.vault.vault import SEALED, Vault

CA = "rke1-ca"
"""The name in the vault of the CA that the cluster was seen with last."""
APPLIED = "applied"
RENEWING = "renewing-ca"
"""Is there while a run that makes another CA has not ended well."""


def folder(site: Site) -> Path:
    """Return where all of RKE1 is kept for a site."""
    return site.state / FOLDER


def state_path(site: Site) -> Path:
    """Return where `rke` keeps the state of a site: beside its cluster.yml, under its name."""
    return place(site).with_suffix(".rkestate")


def kubeconfig_path(site: Site) -> Path:
    """Return where `rke` writes the administrator's kubeconfig."""
    return place(site).with_name(f"kube_config_{place(site).name}")


def treasury(site: Site) -> Treasury:
    """Return the sealed copies of a site."""
    about = {"cluster": site.spec.name, "identity": site.identity.id}
    return Treasury(folder(site) / "kept", site.vault, about)


def standing(site: Site) -> Standing:
    """Return what is known of the site's cluster, the facts of its nodes included."""
    record = site.vault.get(CA)
    states = {name: read_state(facts) for name, facts in site.survey.facts.items()}
    names = {node.name for node in site.spec.nodes}
    return Standing(
        state_path(site),
        treasury(site).copies(),
        record.reveal() if record else "",
        {name: state.ca for name, state in states.items() if state.ca and name in names},
        {node.name: node.address for node in site.spec.nodes},
        complete=names <= set(states),
        renewing=renewal(site.state).exists(),
    )


def judged(site: Site) -> StateFile | None:
    """Return the state file to go on with, None for a cluster that is to begin; raises Refused as Standing.state."""
    return standing(site).state()


def take_in(site: Site) -> None:
    """Before a run: keep the state file that is there sealed.

    Raises Refused for one that must not be gone on with.
    """
    found = judged(site)
    if found is None:
        move_aside(state_path(site))
        return
    treasury(site).keep(found, "before")


def renewal(state: Path) -> Path:
    """Return the file that is there from before a run that makes another CA until it has ended well and is kept.

    `state` is the folder of the cluster's state.
    """
    return state / FOLDER / RENEWING


def renewing(site: Site) -> None:
    """Before a run that makes another CA: until it has ended well, state file and nodes may differ from what was."""
    write_private(renewal(site.state), b"")


def refuse_renewing(site: Site) -> None:
    """Raise Refused while another CA was begun and has not come to all nodes: `rke up` would restart none for it."""
    if renewal(site.state).exists():
        raise Refused(
            "another CA was begun, and has not come to all nodes yet",
            hint="Go on with it: rancher-wizard certs rotate SPEC --rotate-ca",
        )


def settle(site: Site) -> None:
    """After a run: keep the state file sealed, and note its CA, which rke makes anew when it is asked to.

    Raises WizardError for a file that is damaged.
    """
    if found := read_state_file(state_path(site)):
        treasury(site).keep(found, "after")
        site.vault.put(CA, Secret(found.ca))
        renewal(site.state).unlink(missing_ok=True)


def restore(site: Site, copy: Copy) -> None:
    """Put a sealed copy where rke reads it; what is there is kept sealed first, or moved aside where it is damaged.

    Raises Busy while rke runs, WizardError for a copy that does not open.
    """
    if running(folder(site)):
        raise Busy("rke runs for this cluster, and writes its state file", hint="Wait for its end, then restore.")
    state = treasury(site).open(copy)
    with contextlib.suppress(WizardError):
        if there := read_state_file(state_path(site)):
            treasury(site).keep(there, "replaced")
    put_back(state, state_path(site))
    treasury(site).keep(state, "restored")


def site_here(spec: Spec, base: Path, passphrase: Secret | None) -> Site:
    """Return a site whose hosts are not asked: what is kept of it on this machine.

    Raises WizardError for a cluster that has no state here, and a vault that does not open.
    """
    state = cluster_state(spec.name)
    if not (state / SEALED).exists():
        raise WizardError(f"nothing of {spec.name} is kept on this machine", hint=f"It would be in {state}.")
    identity = Identity.of(state, spec.first_server.name, begin=False)
    return Site(spec, base, state, Vault.open(state, passphrase=passphrase), Survey(), identity)


def note_applied(site: Site) -> None:
    """Keep what cluster.yml was when a run had done all of it."""
    write_private(folder(site) / APPLIED, wanted(site).encode())


def applied(site: Site) -> bool:
    """Whether the last run that had done all of it was for just this cluster.yml."""
    try:
        return (folder(site) / APPLIED).read_text() == wanted(site) != ""
    except OSError:
        return False


def wanted(site: Site) -> str:
    """The digest of cluster.yml as the spec has it, "" while a secret of it is not known."""
    text = real(site)
    return hashlib.sha256(text.reveal().encode()).hexdigest() if text else ""
