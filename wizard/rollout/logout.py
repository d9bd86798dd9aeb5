"""How an engine outlives the logout of whoever started it, where logind ends a user's processes then."""

import getpass
import os
import subprocess
from dataclasses import dataclass

SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect")
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


@dataclass(frozen=True, slots=True)
class Beyond:
    """The words to put before the engine's command, and what the operator should know of it."""

    prefix: tuple[str, ...] = ()
    said: str = ""


def beyond_logout() -> Beyond:
    """Return how to start an engine so that it outlives a logout; a user's own manager is kept for it if allowed.

    A scope of the user's manager is out of reach of KillUserProcesses=yes, but ends with the manager: that one stays
    after the last logout only where the user may linger (logind.conf, loginctl).
    """
    if os.geteuid() == 0 or _ask("busctl", "get-property", *LOGIND, "KillUserProcesses") != "b true":
        return Beyond()
    user = getpass.getuser()
    if _ask("systemctl", "--user", "show", "-p", "Version", "--value") is None:
        return Beyond(said=f"logind ends your processes at logout (KillUserProcesses=yes): stay logged in as {user}")
    stays = "logind ends your processes at logout; the engine runs under systemd-run --user and stays"
    if _lingers(user):
        return Beyond(SCOPE, stays)
    if _ask("loginctl", "--no-ask-password", "enable-linger", user) is not None and _lingers(user):
        return Beyond(SCOPE, f"{stays}: you may linger now (loginctl disable-linger takes that back)")
    way_out = f"stay logged in, or let root say: loginctl enable-linger {user}"
    return Beyond(SCOPE, f"logind ends your processes at logout, the engine too; {way_out}")


def _lingers(user: str) -> bool:
    return _ask("loginctl", "show-user", user, "-p", "Linger", "--value") == "yes"


def _ask(*words: str) -> str | None:
    """What a command printed, None when it is not there, failed or took too long."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            words, capture_output=True, timeout=5, check=True, text=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
