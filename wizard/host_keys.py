"""Host keys in doubt: those of a spec's nodes that are unknown or have changed, and the unknown ones recorded."""

from collections.abc import Iterable
from pathlib import Path

from wizard.apply import Given
from wizard.errors import WizardError
from wizard.hosts.target import Credentials
from wizard.hosts.trust import HostKey, accept_each, scan
from wizard.site import targets
from wizard.spec.models import Spec


async def doubtful_keys(spec: Spec, base: Path, given: Given) -> tuple[HostKey, ...]:
    """Return the host keys of a spec's nodes that are unknown or have changed; nobody is logged in to but bastions."""
    credentials = Credentials(given.sudo_password, given.key_passphrase)
    keys = await scan(targets(spec, base).values(), at_once=spec.ssh.at_once, credentials=credentials)
    return tuple(key for key in keys if key.verdict in ("unknown", "changed"))


def accept_keys(keys: Iterable[HostKey], spec: Spec, base: Path) -> int:
    """Record unknown host keys of a spec's nodes, never a changed one; return how many were new."""
    try:
        return accept_each(keys, targets(spec, base))
    except OSError as error:
        raise WizardError(f"the host keys can't be recorded: {error}", hint="Mend `ssh.known_hosts`.") from error
