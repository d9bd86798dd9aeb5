"""Exit codes, in one place."""

from collections.abc import Sized

from wizard.errors import BadAnswer, BadSpec, BadUsage, Refused, UntrustedHost, WizardError

DONE = 0
FAILED = 1
USAGE = 2
REFUSED = 3
PARTLY = 4
INTERRUPTED = 130

_BY_OUTCOME = {"done": DONE, "unchanged": DONE, "failed": FAILED}


def of_outcome(outcome: str) -> int:
    """Return the exit code for how a rollout ended."""
    return _BY_OUTCOME.get(outcome, PARTLY)


def of_silence(silent: Sized, asked: Sized) -> int:
    """Return the exit code for a look at hosts of which some, or all that were `asked`, gave no answer."""
    if not silent:
        return DONE
    return PARTLY if len(silent) < len(asked) else FAILED


def of_error(error: WizardError) -> int:
    """Return the exit code for an error that ended the command."""
    if isinstance(error, BadAnswer | BadSpec | BadUsage):
        return USAGE
    return REFUSED if isinstance(error, UntrustedHost | Refused) else FAILED
