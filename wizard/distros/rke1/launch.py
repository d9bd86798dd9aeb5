"""How a run of `rke` is begun: the state file judged and sealed first, the keys with an agent, all else on the plan."""

import hashlib
import json
import os
from pathlib import Path

from wizard.distros.rke1.agent import load_keys
from wizard.distros.rke1.binary import binary, refuse_unknown
from wizard.distros.rke1.carried_images import refuse_other_images
from wizard.distros.rke1.order import Order, begin
from wizard.distros.rke1.ward import folder, state_path, take_in, treasury, wanted
from wizard.distros.rke1.write import place
from wizard.errors import StepFailed, WizardError
from wizard.hosts.keys import DEFAULT_KEYS, OFFERED_AT_MOST
from wizard.rollout.step import Work
from wizard.secret import Secret
from wizard.site import Site
from wizard.vault.pieces import SNAPSHOT_KEY, new_key


def task_of(site: Site, *command: str) -> str:
    """Return what stands for a command of `rke` on the spec's cluster.yml; "" while that is not known."""
    text = wanted(site)
    return hashlib.sha256(json.dumps([*command, text]).encode()).hexdigest() if text else ""


def launch(site: Site, work: Work, *command: str) -> str:
    """Start `rke COMMAND --config …` below a keeper; return its command line.

    Raises StepFailed, on the work's node, for what is in the way.
    """
    try:
        program = binary(site)
        refuse_unknown(program, site.spec.version)
        refuse_other_images(site, program)
        take_in(site)
        keys = _keys(site)
        order = Order(
            words=(str(program), *command, *_options(site)),
            state=state_path(site),
            copies=treasury(site).folder,
            keys=keys,
            about=treasury(site).about,
            task=task_of(site, *command),
        )
        begin(folder(site), order, _secrets(site))
    except WizardError as error:
        raise StepFailed(work.node, error.message, hint=error.hint) from None
    return " ".join(order.words)


def _options(site: Site) -> tuple[str, ...]:
    # The file's own ignore_docker_version is overwritten by the flag that is not there (rke issue 2378).
    ignore = ("--ignore-docker-version",) if site.spec.rke1.ignore_docker_version else ()
    return ("--config", str(place(site)), "--ssh-agent-auth", *ignore)


def _secrets(site: Site) -> dict[str, Secret]:
    passphrase = site.credentials.passphrase
    given = {"seal": site.vault.ensure(SNAPSHOT_KEY, new_key)}
    return given | ({"passphrase": passphrase} if passphrase else {})


def _keys(site: Site) -> tuple[Path, ...]:
    """The keys that our agent offers; none where the operator's own agent has what opens the nodes.

    Raises WizardError where nothing would.
    """
    named = _named(site)
    own_agent = bool(os.environ.get("SSH_AUTH_SOCK")) and site.spec.ssh.agent
    if named is None:
        if own_agent:
            return ()
        usual = tuple(path for name in DEFAULT_KEYS if (path := Path(name).expanduser()).exists())
        named = usual
    try:
        found = load_keys(named, site.credentials.passphrase)
    except WizardError:
        if own_agent:
            return ()
        raise
    if not found:
        raise WizardError("there is no key for rke to log in with", hint="Name one in ssh.key, or ssh-add it.")
    if len(found) > OFFERED_AT_MOST:
        raise WizardError(
            f"the nodes take {len(found)} different keys; sshd gives up after {OFFERED_AT_MOST + 1}",
            hint="rke offers all keys to each node: let one key into all of them.",
        )
    return named


def _named(site: Site) -> tuple[Path, ...] | None:
    """The key of every node and bastion; None where one has none of its own."""
    spec = site.spec
    logins = [spec.ssh_of(node) for node in spec.nodes]
    keys = [login.key for login in logins] + [login.bastion.key for login in logins if login.bastion]
    paths = tuple(site.resolve(key.expanduser()) for key in keys if key)
    return tuple(dict.fromkeys(paths)) if len(paths) == len(keys) else None
