"""Scripts that change a balancer's machine: what was there is kept, as mends do, so that it can be put back."""

from pathlib import Path

from wizard.hosts.script import Script, load_script
from wizard.mend.mend import ROOM as MENDS

ROOM = Path(__file__).parent


def kept_script(room: Path, name: str, *more: str, packages: bool = False) -> Script:
    """Return `room/scripts/NAME.sh` behind what it may use; with `packages`, also what installs and removes them.

    Its first arguments are the name that what was before is kept under, and apply or undo; `more` as of joined_script.
    """
    before = ("keep", "install") if packages else ("keep",)
    parts = [load_script(MENDS, part).text for part in before]
    return Script(name, "\n".join([*parts, joined_script(room, name, "place", *more).text]))


def joined_script(room: Path, name: str, *parts: str) -> Script:
    """Return `room/scripts/NAME.sh` behind `parts` of this room's scripts that it may use."""
    return Script(name, "\n".join([*(load_script(ROOM, part).text for part in parts), load_script(room, name).text]))
