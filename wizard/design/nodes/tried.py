"""What came of trying to log in to one node, in the operator's words."""

from dataclasses import dataclass
from typing import Literal

from wizard.errors import ChangedHostKey, HostError, LoginRefused, SudoRefused, Unreachable, UntrustedHost
from wizard.hosts.facts import Facts
from wizard.hosts.trust import HostKey

State = Literal[
    "waiting", "connecting", "untrusted", "changed-key", "refused", "no-sudo", "unreachable", "failed", "ok"
]
WORDS: dict[State, str] = {
    "waiting": "waiting",
    "connecting": "connecting",
    "untrusted": "unknown host key",
    "changed-key": "host key CHANGED",
    "refused": "login refused",
    "no-sudo": "no sudo",
    "unreachable": "not reached",
    "failed": "can't be read",
    "ok": "ready",
}
"""Each state in a word or two, for a table."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One node's row: what was seen there, and what to do next where something is wrong."""

    key: str
    """That of its NodeEntry."""
    state: State
    said: str = ""
    next_move: str = ""
    facts: Facts | None = None
    """For state ok."""
    host_keys: tuple[HostKey, ...] = ()
    """For state untrusted: the unknown keys on the way to it, its own or its bastion's."""
    twin: str = ""
    """The key of an earlier node that is this very machine, or that it was cloned from."""

    @property
    def over(self) -> bool:
        """Tell whether the try has come to its end."""
        return self.state not in ("waiting", "connecting")


def failed(key: str, error: HostError) -> Tried:
    """Return the row of a try that ended with an error."""
    match error:
        case UntrustedHost():
            return Tried(
                key, "untrusted", error.what, "Compare the key in the table of host keys, and accept it there."
            )
        case ChangedHostKey():
            state: State = "changed-key"
        case LoginRefused():
            state = "refused"
        case SudoRefused():
            state = "no-sudo"
        case Unreachable():
            state = "unreachable"
        case _:
            state = "failed"
    return Tried(key, state, error.what, error.hint or "Log in by hand and look, then try again.")


def twin_said(facts: Facts, first: str, first_facts: Facts) -> tuple[str, str]:
    """Return what to say of a node with the machine-id of an earlier one, and the next move."""
    if facts.boot_id == first_facts.boot_id:
        return f"the same machine as {first}", "Leave one of the two lines out."
    return (
        f"has the machine-id of {first}: one is a copy of the other",
        "Give it one of its own there: rm /etc/machine-id && systemd-machine-id-setup, then reboot.",
    )
