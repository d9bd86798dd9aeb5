"""Becoming root: how a script's command line and stdin look once sudo is before it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.errors import SudoRefused
from wizard.hosts.output import Result
from wizard.hosts.target import Target
from wizard.secret import Secret

ENVIRONMENT = "env LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WITHOUT_ASKING = "sudo -n"
# -k: a cached login would leave the password line unread, and the script would get it as its input.
ASKING = "sudo -k -S -p ''"

Ask = Callable[[str, bytes], Awaitable[Result]]
"""Runs a bare command line with this stdin."""


@dataclass(frozen=True, slots=True)
class Elevation:
    """How scripts become root on one host; an empty `sudo` is for those who need none."""

    sudo: str = ""
    password: Secret | None = None

    def command(self, command: str) -> str:
        """Return the command line with sudo and a known environment before it."""
        return f"{self.sudo} -- {ENVIRONMENT} {command}" if self.sudo else f"{ENVIRONMENT} {command}"

    def stdin(self, data: bytes) -> bytes:
        """Return what the channel gets: the password line, if one is asked for, then the script's own input."""
        return b"%s\n%s" % (self.password.reveal().encode(), data) if self.password else data


async def elevate(target: Target, user: str, password: Secret | None, *, ask: Ask) -> Elevation:
    """Find out how `user` becomes root on a host. Raises SudoRefused."""
    if user == "root" or target.sudo == "none":
        return Elevation()
    tried = await ask(f"{WITHOUT_ASKING} true", b"")
    if tried.exit_status == 0:
        return Elevation(WITHOUT_ASKING)
    _refuse_what_no_password_helps(target, tried)
    if target.sudo == "auto":
        raise SudoRefused(
            target.name,
            f"sudo asks {user} for a password",
            hint=f"Set `ssh.sudo: password`, or allow it there: `{user} ALL=(ALL) NOPASSWD: ALL` by visudo.",
        )
    if password is None:
        raise SudoRefused(
            target.name, f"sudo asks {user} for a password, and none was given", hint="Give it when asked."
        )
    asked = Elevation(ASKING, password)
    tried = await ask(f"{ASKING} -- true", asked.stdin(b""))
    if tried.exit_status != 0:
        _refuse_what_no_password_helps(target, tried)
        raise SudoRefused(
            target.name,
            f"sudo refused the password of {user}{_said(tried)}",
            hint="Give this node's own password, or make it the same on all nodes; then retry the node.",
        )
    return asked


def refused(result: Result) -> bool:
    """Return whether it was sudo that failed, not the script behind it."""
    return (
        result.exit_status == 1 and not result.lines and bool(result.errors) and result.errors[-1].startswith("sudo:")
    )


def _refuse_what_no_password_helps(target: Target, tried: Result) -> None:
    said = " ".join(tried.errors)
    if tried.exit_status == 127 or "command not found" in said or "sudo: not found" in said:
        raise SudoRefused(target.name, "sudo is not installed", hint="Install sudo there, or set `ssh.user: root`.")
    if "must have a tty" in said:
        raise SudoRefused(target.name, "sudo wants a terminal", hint="Add `Defaults:USER !requiretty` there by visudo.")
    if "not in the sudoers" in said or "not allowed" in said or "may not run sudo" in said:
        raise SudoRefused(target.name, f"sudo allows nothing{_said(tried)}", hint="Add the user to sudoers by visudo.")


def _said(tried: Result) -> str:
    return f": {tried.errors[-1]}" if tried.errors else ""
