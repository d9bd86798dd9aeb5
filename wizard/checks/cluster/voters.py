"""Whether a server votes in etcd, as far as its release tells: where none does, nobody can wait for it."""

import re

from wizard.profiles import profile

_VERSION = re.compile(r"v([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})\+(rke2|k3s)")


def tells_voters(version: str) -> bool:
    """Take what kubelets report, such as v1.34.2+rke2r1; "" is an old release that nobody knows the number of.

    True for what is no release of RKE2 or k3s: its members are asked for in another way.
    """
    found = _VERSION.match(version)
    if not found:
        return bool(version)
    major, minor, patch = map(int, found.groups()[:3])
    first: dict[str, int] = profile("rke2/voters")["first"]
    known = first.get(f"{major}.{minor}")
    if known is not None:
        return patch >= known
    return all((major, minor) > tuple(map(int, each.split("."))) for each in first)


def votes(told: str, version: str) -> bool:
    """Take the status of a server's EtcdIsVoter, "" where it has none, and its kubelet's version."""
    return told == "True" or (not told and not tells_voters(version))
