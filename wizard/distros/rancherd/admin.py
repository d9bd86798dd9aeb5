"""A new password for the admin of RancherD's Rancher: read from what `rancherd reset-admin` says, and kept by nobody.

Source of the words: rancher/rancherd, pkg/auth/auth.go; those of Rancher 2.5 are the same.
"""

import re
from dataclasses import dataclass

from wizard.distros.rancherd.state import ROOM
from wizard.errors import WizardError
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.secret import Secret

RESET = load_script(ROOM, "reset_admin")
SEALED = "rancherd-admin-password"  # the name of a secret, not one
_TOLD = re.compile(r"[Uu]sername: (?P<user>[^,\s]+), (?:new )?[Pp]assword: (?P<password>[^\s\"]+)")
_URL = re.compile(r"Server URL: (?P<url>https://[^\s\"]+)")


@dataclass(frozen=True, slots=True)
class Admin:
    """Who may log in now; `url` is "" where Rancher does not know its own address yet."""

    user: str
    password: Secret
    url: str


async def reset_admin(host: Host) -> Admin:
    """Set a new password by the program on a server; raises WizardError where it says that it can't."""
    result = await host.run(RESET, timeout_s=120, check=False)
    text = "\n".join(result.lines)
    if found := _TOLD.search(text):
        url = _URL.search(text)
        return Admin(found["user"], Secret(found["password"]), url["url"] if url else "")
    # What is not understood may hold a password all the same: only lines without the word are shown.
    said = [line for line in result.lines if "assword" not in line]
    raise WizardError(
        f"{host.name}: rancherd reset-admin: {said[-1][:200] if said else 'it said nothing'}",
        hint="Is Rancher up? kubectl -n cattle-system get pods there; then again.",
    )
