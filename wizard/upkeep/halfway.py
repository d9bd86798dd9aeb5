"""What was begun on a cluster and is not ended: a restore; another token, key for Secrets, or authority."""

from collections.abc import Iterator
from pathlib import Path

from wizard.distros.rke1.ward import renewal
from wizard.errors import WizardError
from wizard.rollout.lock import holder
from wizard.upgrade.restore.begun import unfinished as unfinished_restore
from wizard.upkeep import encryption, token


def halfway(state: Path) -> tuple[str, ...]:
    """Return a sentence for each, with what goes on with it, out of a cluster's `state` alone; never raises."""
    under_way = holder(state) is not None
    return tuple(
        f"{what}: {f'it is under way (rancher-wizard attach {state.name})' if under_way else move}"
        for what, move in _begun(state)
    )


def _begun(state: Path) -> Iterator[tuple[str, str]]:
    wish = None
    try:
        if wish := unfinished_restore(state):
            what = wish.snapshot or f"what {wish.data_of} has"
            yield f"a restore to {what} is not ended", "rancher-wizard restore SPEC goes on with it"
    except WizardError as error:
        yield error.message, error.hint
    if not wish and renewal(state).exists():
        yield "another CA has not come to all nodes", "rancher-wizard certs rotate SPEC --rotate-ca goes on with it"
    if token.unfinished(state):
        yield "a rotation of the token is not ended", f"rancher-wizard {token.COMMAND} SPEC goes on with it"
    if encryption.unfinished(state):
        yield (
            "a rotation of the keys for Secrets is not ended",
            f"rancher-wizard {encryption.COMMAND} SPEC goes on with it",
        )
