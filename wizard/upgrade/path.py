"""The way from what runs to the release that is wanted: which releases lie between, or why there is none."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wizard.errors import Refused
from wizard.upgrade.release import Etcd, Release, etcd_of, known

MENDED_ETCD: Etcd = (3, 5, 26)
"""Members that servers left behind when they were replaced come back with etcd 3.6, unless this one saw them first."""
KUBELET_SKEW = 3
"""Minors that a kubelet may be older than its API server. Source: Kubernetes, version skew policy (since v1.28)."""


@dataclass(frozen=True, slots=True)
class Window:
    """The minors of Kubernetes that the Rancher of a cluster supports."""

    rancher: str
    lowest: tuple[int, int]
    highest: tuple[int, int]
    advice: str
    """What to do for a release outside of it."""


def path(
    servers: Mapping[str, Release],
    agents: Mapping[str, Release],
    target: Release,
    window: Window | None = None,
    *,
    held: Collection[Release] = (),
) -> tuple[Release, ...]:
    """Return the releases that the cluster goes through, the last one being `target`; empty when all run it.

    `servers` and `agents` tell what each node runs. Where a former upgrade stopped half-way, the first release is the
    one that it led to. Of all the ways, the one of fewest releases is taken, by the newest ones; where a way leads
    over releases that are `held`, over these alone.
    Raises Refused for nodes in a state that nothing leads out of, a way back, and a release that Rancher forbids.
    """
    newest = max(servers.values())
    _refuse_mixed(servers, agents, newest, target)
    behind = min(servers.values()) < newest or any(agent.line < newest.line for agent in agents.values())
    way = (newest,) * behind + _between(newest, target, held)
    if not way and any(agent != target for agent in agents.values()):
        way = (target,)
    for release in way:
        _refuse_unsupported(release, window)
    return way


def _refuse_mixed(
    servers: Mapping[str, Release], agents: Mapping[str, Release], newest: Release, target: Release
) -> None:
    oldest = min(servers.values())
    if newest.line > _next(oldest.line):
        raise Refused(
            f"servers run {oldest} ({_with(servers, oldest)}) and {newest} ({_with(servers, newest)})",
            hint="API servers of one cluster may be one minor apart. Restore the snapshot from before the newer one.",
        )
    nodes = {**servers, **agents}
    for name, release in nodes.items():
        if release > target:
            raise Refused(
                f"{name} runs {release}, newer than {target}: there is no upgrade to an older release",
                hint="The way back is a snapshot made on the older release: rancher-wizard restore.",
            )
    for name, agent in agents.items():
        if newest.minor - agent.minor > KUBELET_SKEW:
            raise Refused(
                f"{name} runs {agent}, more than {KUBELET_SKEW} minors behind the servers' {newest}",
                hint=f"Take {name} out of the cluster and add it again: its kubelet is not supported any more.",
            )


def _with(nodes: Mapping[str, Release], release: Release) -> str:
    return ", ".join(name for name, each in nodes.items() if each == release)


def _next(line: tuple[int, int]) -> tuple[int, int]:
    return line[0], line[1] + 1


def may_follow(source: Release, target: Release) -> bool:
    """Whether servers may go from one release to another at once: forward, over no minor, and with an etcd that may.

    Source: RKE2 documentation, "Manual upgrades" (one minor at a time); release notes of v1.33.11 (etcd 3.5.26 first).
    """
    if not source < target or target.line > _next(source.line) or target.major != source.major:
        return False
    before, after = etcd_of(source), etcd_of(target) or _newest_etcd(target)
    if before is None or after is None:
        return True
    return after[:2] >= before[:2] and (after[:2] == before[:2] or before[:2] != (3, 5) or before >= MENDED_ETCD)


def _newest_etcd(release: Release) -> Etcd | None:
    """What a release that is newer than the profile brings at least: the etcd of the newest one before it."""
    before = [etcd for each, etcd in known().items() if each.line <= release.line and each < release]
    return before[-1] if before else None


def _between(source: Release, target: Release, held: Collection[Release]) -> tuple[Release, ...]:
    """Return the shortest way, without its start, over `held` releases, else over known ones.

    Raises Refused when there is none.
    """
    if source == target:
        return ()
    found = _over(sorted(held), source, target) or _over(known(), source, target)
    if not found:
        raise Refused(f"no way of known releases leads from {source} to {target}", hint=_lacking(source, target))
    return found


def _over(releases: Iterable[Release], source: Release, target: Release) -> tuple[Release, ...]:
    """Return the shortest way over some releases, oldest first, without its start; empty when there is none."""
    between = [release for release in releases if source < release < target]
    came: dict[Release, Release] = {}
    reached = [source]
    while reached and target not in came:
        step: dict[Release, Release] = {}
        for release in (*between, target):
            before = [each for each in reached if release not in came and may_follow(each, release)]
            if before:
                step[release] = max(before, key=lambda each: (not _falls(each, release), each))
        came.update(step)
        reached = list(step)
    if target not in came:
        return ()
    way = [target]
    while came[way[-1]] != source:
        way.append(came[way[-1]])
    return tuple(reversed(way))


def _falls(source: Release, target: Release) -> bool:
    """Whether etcd would go back, if only by a patch: late patches of a minor are younger than the next minor."""
    before, after = etcd_of(source), etcd_of(target)
    return bool(before and after and after < before)


def _lacking(source: Release, target: Release) -> str:
    before, after = etcd_of(source), etcd_of(target)
    if before and after and after[:2] < before[:2]:
        later = [release for release in known() if release.line == target.line and may_follow(source, release)]
        advice = f"Go to {later[-1]}." if later else "Wait for a later release of that minor."
        return f"etcd would go back from {_dotted(before)} to {_dotted(after)}. {advice}"
    return "A minor between them is not in the profile of releases: update the wizard, or go there by hand."


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


def _refuse_unsupported(release: Release, window: Window | None) -> None:
    if window and not window.lowest <= release.line <= window.highest:
        low, high = (f"v{line[0]}.{line[1]}" for line in (window.lowest, window.highest))
        raise Refused(
            f"Rancher {window.rancher} supports Kubernetes {low} to {high}, the way leads over {release}",
            hint=window.advice,
        )
