"""keepalived's scripts: those that change a machine keep what was there, and one takes all of it back."""

from pathlib import Path

from wizard.balancers.kept import kept_script
from wizard.hosts.script import load_script

ROOM = Path(__file__).parent
NAME = "keepalived"
"""What was there before is kept under it on the machine."""
PACKAGE = kept_script(ROOM, "keepalived_package", packages=True)
CONF = kept_script(ROOM, "keepalived_conf")
REMOVE = kept_script(ROOM, "keepalived_remove", packages=True)
HERE = load_script(ROOM, "vip_here")
FREE = load_script(ROOM, "vip_free")
CHECK_TEXT = (ROOM / "scripts" / "check_haproxy.bash").read_text(encoding="utf-8")
LISTENERS = tuple((ROOM / "scripts" / f"hear_vrrp.{end}").read_text(encoding="utf-8") for end in ("py", "pl"))
"""The program that listens for VRRP, for machines with Python and for those with Perl alone."""
