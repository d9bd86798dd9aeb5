"""The one tree of errors that an operator may see.

WizardError
├── BadSpec            the spec can't be used
├── BadAnswer          the answer to a question can't be used
├── BadUsage           the command line can't be used
├── Busy               somebody else holds the cluster
├── Refused            the checks say that nothing may be started
├── HostError          one host
│   ├── Unreachable        no connection could be made
│   │   └── LinkLost           there was one, and it dropped
│   ├── UntrustedHost      its key is unknown
│   ├── ChangedHostKey     its key is not the one on record
│   ├── LoginRefused       no key or password was accepted
│   ├── SudoRefused        logged in, but not allowed to become root
│   └── CommandFailed      a script ended with an exit status other than 0
└── StepFailed         a step looked, acted, and did not find what it should
"""

from collections.abc import Sequence


class WizardError(Exception):
    """Something the operator must know of.

    `message` says what happened (`node: what`), `hint` the next move.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class BadSpec(WizardError):
    """The spec can't be used.

    `problems` holds every reason, each as `file:line: field: what is wrong; what is allowed`.
    """

    def __init__(self, problems: Sequence[str], *, hint: str = "") -> None:
        super().__init__("\n".join(problems), hint=hint)
        self.problems = tuple(problems)


class BadAnswer(WizardError):
    """An answer to a design question can't be used: `what` is wrong with it, `allowed` says what would do."""

    def __init__(self, what: str, allowed: str = "") -> None:
        super().__init__(f"{what}; {allowed}" if allowed else what)
        self.what = what
        self.allowed = allowed


class BadUsage(WizardError):
    """A command line that can't be carried out."""


class Busy(WizardError):
    """Another rollout holds this cluster."""


class Refused(WizardError):
    """What must hold before anything is changed does not."""


class HostError(WizardError):
    """Something about one host; `node` is its name in the spec."""

    def __init__(self, node: str, what: str, *, hint: str = "") -> None:
        super().__init__(f"{node}: {what}", hint=hint)
        self.node = node
        self.what = what


class Unreachable(HostError):
    """No connection to the host could be made."""


class LinkLost(Unreachable):
    """The connection to the host dropped while it was in use."""


class UntrustedHost(HostError):
    """The host's key is not known yet."""


class ChangedHostKey(HostError):
    """The host shows another key than the one on record."""


class LoginRefused(HostError):
    """The host accepted no key and no password."""


class SudoRefused(HostError):
    """Logged in, but sudo said no."""


class CommandFailed(HostError):
    """A script ended with an exit status other than 0."""

    def __init__(self, node: str, what: str, *, exit_status: int, output: str = "", hint: str = "") -> None:
        super().__init__(node, what, hint=hint)
        self.exit_status = exit_status
        self.output = output


class StepFailed(HostError):
    """A step did not find what it should; `cause` is the likely reason, `hint` the next move."""

    def __init__(self, node: str, what: str, *, cause: str = "", hint: str = "") -> None:
        super().__init__(node, what, hint=hint)
        self.cause = cause
