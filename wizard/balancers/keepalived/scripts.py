"""keepalived's scripts: those that change a machine keep what was there, as mends do, and one takes all of it back."""

from pathlib import Path

from wizard.hosts.script import Script, load_script
from wizard.mend.mend import ROOM as MENDS

ROOM = Path(__file__).parent
NAME = "keepalived"
"""The first argument of each changing script: what was there before is kept under it on the machine."""


def _kept(name: str, *, packages: bool = False) -> Script:
    before = ("keep", "install") if packages else ("keep",)
    parts = [*(load_script(MENDS, part).text for part in before), load_script(ROOM, name).text]
    return Script(name, "\n".join(parts))


PACKAGE = _kept("keepalived_package", packages=True)
CONF = _kept("keepalived_conf")
REMOVE = _kept("keepalived_remove", packages=True)
HERE = load_script(ROOM, "vip_here")
FREE = load_script(ROOM, "vip_free")
CHECK_TEXT = load_script(ROOM, "check_haproxy").text
LISTENERS = tuple((ROOM / "scripts" / f"hear_vrrp.{end}").read_text(encoding="utf-8") for end in ("py", "pl"))
"""The program that listens for VRRP, for machines with Python and for those with Perl alone."""
