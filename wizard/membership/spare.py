"""Whether etcd can spare a server for good."""

from collections.abc import Mapping


def unsafe(voters: Mapping[str, bool], leaving: str) -> str:
    """Return why `leaving` can't be taken out of etcd just now; "" when it can.

    `voters` tells of each server whether it is Ready and a voting member. The removal itself is a write that a majority
    of today's members must take, and the members that are left must be a majority among themselves. Source: etcd
    documentation, "Runtime reconfiguration".
    """
    others = {name: well for name, well in voters.items() if name != leaving}
    if not others:
        return f"{leaving} is the only member of etcd: without it there is no cluster"
    well, left = sum(voters.values()), sum(others.values())
    today, after = len(voters) // 2 + 1, len(others) // 2 + 1
    sick = ", ".join(name for name, fine in others.items() if not fine)
    if well < today:
        return f"{well} of {len(voters)} members vote, {today} must take the removal; not well: {sick or leaving}"
    if left < after:
        return f"{left} of {len(others)} members would be left voting, {after} are needed; not well: {sick}"
    return ""


def advice(left: int) -> str:
    """Return what is to be said of so many servers that will be left; "" for nothing. Source: RKE2, HA install."""
    if left == 2:
        return "Two servers will be left: the loss of either one stops etcd. Add a third one, or go down to one."
    if left % 2 == 0:
        return f"{left} servers will be left: no more may fail than of {left - 1}. Add one, or take another one out."
    return ""
