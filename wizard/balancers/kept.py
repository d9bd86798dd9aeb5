"""Scripts that change a balancer's machine: what was there is kept, as mends do, so that it can be put back."""

from pathlib import Path

from wizard.hosts.script import Script, load_script
from wizard.mend.mend import ROOM as MENDS

ROOM = Path(__file__).parent


def kept_script(room: Path, name: str, *, packages: bool = False) -> Script:
    """Return `room/scripts/NAME.sh` behind what it may use; with `packages`, also what installs and removes them.

    Its first arguments are the name that what was before is kept under, and apply or undo.
    """
    before = ("keep", "install") if packages else ("keep",)
    parts = [*(load_script(MENDS, part).text for part in before), load_script(ROOM, "place").text]
    return Script(name, "\n".join([*parts, load_script(room, name).text]))
