"""The way in: the address answers, its key is known, the login is accepted, root is allowed, commands end."""

from collections.abc import Iterable, Iterator

from wizard.checks.check import Check, Machine, machine_check
from wizard.checks.finding import Finding, Said, fail, ok, skipped
from wizard.errors import ChangedHostKey, HostError, LoginRefused, SudoRefused, Unreachable, UntrustedHost
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec

SSH = "RKE2 documentation, Requirements; this program works over SSH alone"


@machine_check(
    "login.reach",
    "SSH answers",
    group="login",
    severity="must",
    why="Everything that is done on a node is done over SSH from this machine.",
    source=SSH,
)
def reach(node: Machine, facts: Facts, spec: Spec) -> Said:
    return ok(f"{node.address} answers")


@machine_check(
    "login.host_key",
    "Host key is known",
    group="login",
    severity="must",
    why="Only a known host key tells the node from somebody who listens in between.",
    source="RFC 4251, 4.1",
)
def host_key(node: Machine, facts: Facts, spec: Spec) -> Said:
    return ok("its key is the one on record")


@machine_check(
    "login.accepted",
    "Login is accepted",
    group="login",
    severity="must",
    why="A key or agent that the node accepts is the only way to log in without asking at every node.",
    source=SSH,
)
def accepted(node: Machine, facts: Facts, spec: Spec) -> Said:
    return ok(f"logged in as {spec.ssh_of(node).user or 'the user of your ssh config'}")


@machine_check(
    "login.sudo",
    "Root without a terminal",
    group="login",
    severity="must",
    why="Installing RKE2 takes root; a sudo that wants a terminal or an unknown password stops every script.",
    source="RKE2 documentation, Quick Start: run as root or with sudo",
)
def sudo(node: Machine, facts: Facts, spec: Spec) -> Said:
    return ok("root")


@machine_check(
    "login.commands",
    "Commands run and end",
    group="login",
    severity="must",
    why="An sshd that lets in but runs nothing (PAM, a full process table, a dead home folder) blocks a rollout.",
    source=SSH,
)
def commands(node: Machine, facts: Facts, spec: Spec) -> Said:
    return ok("the probe ran to its end")


WAY: tuple[tuple[Check, type[HostError] | tuple[type[HostError], ...]], ...] = (
    (reach, Unreachable),
    (host_key, (UntrustedHost, ChangedHostKey)),
    (accepted, LoginRefused),
    (sudo, SudoRefused),
    (commands, HostError),
)
"""The steps of the way in, each with the errors that end the way there."""


def why_not(error: HostError, checks: Iterable[Check]) -> Iterator[Finding]:
    """Yield the findings of `checks` for a node that could not be looked at: the step that failed, the rest skipped."""
    ended = next(index for index, (_, kinds) in enumerate(WAY) if isinstance(error, kinds))
    steps = {step.id: index for index, (step, _) in enumerate(WAY)}
    for each in checks:
        yield _at(steps.get(each.id, len(WAY)), ended, error).by(each.id, each.severity)


def _at(step: int, ended: int, error: HostError) -> Said:
    if step < ended:
        return ok("yes")
    if step == ended:
        move = error.hint or "Log in there by hand and look at sshd's log."
        return fail(error.what, wanted=WAY[ended][0].title.lower(), next_move=move)
    return skipped(f"not looked at, as {WAY[ended][0].id} failed", next_move=f"Mend {WAY[ended][0].id} first.")
