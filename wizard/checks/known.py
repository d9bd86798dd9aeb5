"""All checks of this version, in the order they are shown."""

import difflib
from collections.abc import Iterable

from wizard.checks import bucket, door
from wizard.checks.check import GROUPS, Check
from wizard.checks.network import check as network
from wizard.checks.subject import (
    clock,
    cpu,
    disk,
    disk_layout,
    docker,
    etcd_disk,
    firewall,
    front,
    identity,
    kernel,
    leftovers,
    login,
    memory,
    names,
    network_manager,
    offline,
    packages,
    ports,
    rancher,
    reach,
    registration,
    resolver,
    routes,
    security,
    sshd,
    storage,
    storage_disk,
    sysctl,
    system,
)
from wizard.errors import BadUsage

SUBJECTS = (
    login,
    sshd,
    system,
    docker,
    cpu,
    memory,
    disk,
    disk_layout,
    etcd_disk,
    kernel,
    sysctl,
    security,
    firewall,
    network_manager,
    clock,
    identity,
    names,
    resolver,
    routes,
    registration,
    front,
    rancher,
    reach,
    offline,
    bucket,
    door,
    leftovers,
    ports,
    packages,
    storage,
    storage_disk,
    network,
)

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (each for subject in SUBJECTS for each in vars(subject).values() if isinstance(each, Check)),
        key=lambda each: list(GROUPS).index(each.group),
    )
)


def chosen(names: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks that names ask for: an id, or a group for all of it; all checks for no name.

    Raises BadUsage for a name that is neither.
    """
    wanted = set(names)
    for name in wanted:
        _known(name)
    return tuple(each for each in CHECKS if not wanted or {each.id, each.group} & wanted)


def _known(name: str) -> None:
    names = [*GROUPS, *(each.id for each in CHECKS)]
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise BadUsage(f"there is no check {name!r}", hint=f"{hint}`rancher-wizard check --list` names them all.")
