"""Why a file is not taken as a bundle."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.errors import Refused

DAMAGED = "The file is damaged or was changed: copy it again from where it was made."
_NAMELESS = "bundle: "


def damaged(what: str, *, hint: str = DAMAGED) -> Refused:
    """Return the refusal of a bundle; `what` says what was found, and where in it."""
    return Refused(f"{_NAMELESS}{what}", hint=hint)


@contextmanager
def in_file(path: Path) -> Iterator[None]:
    """Let what is refused within name the file that it was found in."""
    try:
        yield
    except Refused as refusal:
        if not refusal.message.startswith(_NAMELESS):
            raise
        raise Refused(f"{path}: {refusal.message.removeprefix(_NAMELESS)}", hint=refusal.hint) from None
