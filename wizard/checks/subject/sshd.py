"""What RKE1 needs of sshd: it reaches Docker and the parts of a node through SSH alone."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped
from wizard.checks.seen import listed, of_rke1, words
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

NOT_ASKED = "only RKE1 is brought up through forwarding"
SOURCE = "rke.docs.rancher.com, Requirements, SSH server configuration; sshd_config(5)"
OPEN = {
    "disableforwarding": ("no",),
    "allowtcpforwarding": ("yes", "all", "local"),
    "allowstreamlocalforwarding": ("yes", "all", "local"),
    "permitopen": ("any",),
}
"""What each setting must be, as `sshd -T` writes it, for a client to reach sockets and ports of the node."""
NAMES = {
    "disableforwarding": "DisableForwarding",
    "allowtcpforwarding": "AllowTcpForwarding",
    "allowstreamlocalforwarding": "AllowStreamLocalForwarding",
    "permitopen": "PermitOpen",
}


@check(
    "login.forwarding",
    "SSH forwarding for RKE1",
    group="login",
    severity="must",
    why="rke reaches Docker's socket, and health checks at localhost, by forwarding: `administratively prohibited`.",
    source=SOURCE,
)
def forwarding(node: Node, facts: Facts, spec: Spec) -> Said:
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    found = {name: value for name, value, *_ in words(facts, "x.sshd", 2)}
    if not found:
        return skipped("sshd did not tell", next_move=f"Look by hand on {node.name}: `sshd -T | grep -i forwarding`.")
    closed = [f"{NAMES[name]} {found[name]}" for name, good in OPEN.items() if found.get(name, good[0]) not in good]
    if not closed:
        return ok("TCP and sockets are forwarded")
    right = listed(f"{NAMES[name]} {good[0]}" for name, good in OPEN.items() if found.get(name, good[0]) not in good)
    return fail(
        listed(closed),
        wanted=right,
        next_move=f"Set {right} for {_user(facts)} in sshd_config on {node.name}, then `systemctl reload sshd`.",
    )


@check(
    "login.openssh",
    "OpenSSH for RKE1",
    group="login",
    severity="must",
    why="Older servers do not forward to sockets.",
    source=SOURCE,
)
def openssh(node: Node, facts: Facts, spec: Spec) -> Said:
    least = profile("rke1/requirements")["openssh"]
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    found = facts.first("x.sshd.version")
    if not found or _numbers(found) >= _numbers(least):
        return ok(f"OpenSSH {found}" if found else "not told, or another server")
    return fail(
        f"OpenSSH {found}", wanted=f"{least} or newer", next_move=f"Bring {node.name} to a newer release of its system."
    )


def _user(facts: Facts) -> str:
    return facts.first("x.docker.user").partition(" ")[0] or "the login's user"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isascii() and part.isdigit() and len(part) < 5)
