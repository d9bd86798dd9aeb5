"""Why a file is not taken as a bundle."""

from wizard.errors import Refused

DAMAGED = "The file is damaged or was changed: copy it again from where it was made."


def damaged(what: str, *, hint: str = DAMAGED) -> Refused:
    """Return the refusal of a bundle; `what` says what was found, and where in it."""
    return Refused(f"bundle: {what}", hint=hint)
