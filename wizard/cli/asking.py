"""What the operator is asked before a rollout: passwords, trust in host keys, consent."""

import asyncio
import getpass
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from wizard.apply import Given
from wizard.errors import BadUsage, UntrustedHost, WizardError
from wizard.hosts.target import Credentials, Target
from wizard.hosts.trust import HostKey, accept_each, scan
from wizard.plain import plain
from wizard.secret import Secret
from wizard.spec.models import Spec


def on_terminal() -> bool:
    """True when somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_secrets(spec: Spec, *, sudo_file: Path | None, passphrase_file: Path | None, vault_file: Path | None) -> Given:
    """Return the passwords that this rollout needs, each from its file or asked once on the terminal.

    Raises BadUsage where one is needed and nobody can be asked.
    """
    return Given(
        sudo_password=ask_secret(
            sudo_file, "sudo password of the nodes", "--sudo-password-file", needed=spec.asks_sudo_password
        ),
        key_passphrase=ask_secret(passphrase_file, "passphrase of the SSH key", "--key-passphrase-file"),
        vault_passphrase=ask_secret(vault_file, "passphrase of the vault", "--vault-passphrase-file"),
    )


def ask_secret(file: Path | None, what: str, option: str, *, needed: bool = False) -> Secret | None:
    """Return a secret from the file that an option names, else asked for on the terminal if it is needed, else None.

    Raises BadUsage where the file can't be read, or one is needed and nobody can be asked.
    """
    if file is not None:
        try:
            return Secret(file.read_text(encoding="utf-8").rstrip("\r\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadUsage(f"{option}: {file} can not be read", hint="Name a file that holds the text.") from error
    if not needed:
        return None
    if not on_terminal():
        raise BadUsage(f"the {what} is needed, and nobody can be asked", hint=f"Give it by {option} FILE.")
    return Secret(getpass.getpass(f"{what[0].upper()}{what[1:]}: "))


def confirm(question: str) -> bool:
    """Ask a yes-or-no question on the terminal; anything but yes is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return answer().lower() in ("y", "yes")


def answer() -> str:
    """Return the line that is typed. Raises KeyboardInterrupt at ctrl+c, also where a loop runs around the question."""
    # asyncio takes the first ctrl+c for itself and reads on: what is typed next would still be taken for consent.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline().strip()
    finally:
        signal.signal(signal.SIGINT, before)


def confirm_name(given: str | None, cluster: str, what: str) -> None:
    """Return when the cluster's name was given, or is typed on the terminal, in consent to `what`.

    Raises BadUsage for another name or where nobody can be asked, WizardError for one that was typed wrong.
    """
    if given is None and not on_terminal():
        raise BadUsage("nobody can be asked for consent", hint=f"Add --confirm {cluster} when this is what you want.")
    if given is None:
        print(f"{what} Type the cluster's name ({cluster}) to start: ", end="", file=sys.stderr, flush=True)
        if answer() != cluster:
            raise WizardError("not started; nothing was changed")
    elif given != cluster:
        raise BadUsage(f"--confirm {plain(given)}: the cluster is called {cluster}", hint="Nothing was changed.")


def settle_trust(targets: Mapping[str, Target], *, yes: bool, at_once: int, given: Given | None = None) -> bool:
    """Show the host keys that are not known yet in one table, and accept them once; True when any was accepted.

    `yes` accepts without asking, for lists that were compared before. What is behind a bastion shows its key only once
    the bastion is trusted, so that there may be a second table. Raises UntrustedHost where nobody can be asked or the
    answer is no, WizardError for a changed key, which nothing here accepts.
    """
    credentials = Credentials(given.sudo_password, given.key_passphrase) if given else None
    accepted = False
    while unknown := _unknown(asyncio.run(scan(targets.values(), at_once=at_once, credentials=credentials))):
        show_keys(unknown)
        if not yes:
            _ask_trust(unknown)
        if not accept_each(unknown, targets):
            raise UntrustedHost(unknown[0].name, "its key could not be recorded", hint="Look at known_hosts.")
        accepted = True
    return accepted


def _unknown(keys: Iterable[HostKey]) -> list[HostKey]:
    found = list(keys)
    if changed := [key for key in found if key.verdict == "changed"]:
        lines = "\n".join(f"{key.name}: {key.why}" for key in changed)
        raise WizardError(
            f"the host key has CHANGED:\n{lines}",
            hint="Somebody may be in between, or the machine was installed anew. Find out which, and mend the "
            "known_hosts file by hand; this tool does not.",
        )
    return [key for key in found if key.verdict == "unknown"]


def _ask_trust(unknown: list[HostKey]) -> None:
    count = f"{len(unknown)} unknown host key{'s' * (len(unknown) != 1)}"
    if not on_terminal():
        raise UntrustedHost(unknown[0].name, count, hint="Compare them, then: rancher-wizard trust SPEC --yes")
    if not confirm(f"Trust {'these' if len(unknown) > 1 else 'this'} {count}?"):
        raise UntrustedHost(unknown[0].name, f"{count}, not trusted", hint="Nothing was changed.")


def show_keys(keys: list[HostKey]) -> None:
    """Print host keys as a table on stderr."""
    width = max(len(key.name) for key in keys)
    print("Host keys that are not known yet (compare them with those on the machines' consoles):", file=sys.stderr)
    for key in keys:
        place = f"{key.address}:{key.port}"
        print(f"  {key.name:<{width}}  {place:<24} {key.kind:<12} {key.fingerprint}", file=sys.stderr)
