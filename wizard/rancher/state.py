"""What stands in the cluster of cert-manager and Rancher, read from what a server printed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts, read_facts
from wizard.hosts.script import load_script
from wizard.kube.door import Door
from wizard.kube.stamps import read_stamps
from wizard.rancher.release import RANCHER, Release

ROOM = Path(__file__).parent
LOOK = load_script(ROOM, "look_rancher")
LOOK_S = 120.0
_OWN_SPACE = re.compile(
    r"cattle-(?:system|fleet-system|fleet-local-system|fleet-clusters-system|global-data|global-nt|impersonation-system"
    r"|provisioning-capi-system|capi-system|turtles-system)|cert-manager"
)
"""What Rancher has as long as it runs; others in cattle-… belong to its apps, which come and go."""
_CHART = re.compile(r"rancher-([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.]+)?)")


@dataclass(frozen=True, slots=True)
class Revision:
    """The newest revision that helm keeps of a release, in helm's words; `since` in seconds since 1970."""

    number: int
    status: str
    since: int

    @property
    def pending(self) -> bool:
        """True when a helm was at work and has not said how it ended: every other one is refused until it has."""
        return self.status.startswith("pending")


@dataclass(frozen=True, slots=True)
class State:
    """`stamps` is what the wizard noted there once it was done, by release; empty where nothing stands."""

    stamps: Mapping[str, str]
    revisions: Mapping[str, Revision]
    ready: frozenset[str]
    """The deployments of which all pods are available."""
    rancher: str
    """The version of the Rancher that is there, "" when there is none."""
    backup_operator: bool
    rke1: tuple[str, ...]
    """Clusters of RKE1 that this Rancher manages."""
    ending: tuple[str, ...]
    """Rancher's and cert-manager's namespaces that are being deleted: nothing new can be made in them."""

    def stands(self, release: Release) -> bool:
        """True when a release is there as it is wanted, and ready."""
        return self.stamps.get(release.name) == release.digest and not self.lacks(release)

    def lacks(self, release: Release, *, revision: int = 1) -> str:
        """Return in words what is not there yet of a release, in its revision `revision` or later; "" for nothing."""
        found = self.revisions.get(release.name)
        if found is None or found.number < revision:
            return f"{release.name} is not installed yet"
        if found.status != "deployed":
            return f"revision {found.number} of {release.name} is {found.status}"
        if release.name == RANCHER and self.rancher != release.version:
            return f"Rancher {self.rancher or 'of no known version'} is there, not {release.version}"
        missing = [name for name in release.deployments if name not in self.ready]
        return f"{', '.join(missing)} not ready yet" if missing else ""


def read_state(servers: Iterable[Facts]) -> State | None:
    """Return what the first server says whose API answered; None when none did. Never raises, whatever was printed."""
    for facts in servers:
        if facts.first("x.rancher.api") == "ready":
            return _state(facts)
    return None


async def look(door: Door) -> State:
    """Ask the cluster anew; nothing seems to stand where its API does not answer."""
    found = await door.api.run(LOOK, timeout_s=LOOK_S)
    return _state(read_facts(found.lines))


def _state(facts: Facts) -> State:
    deployments = [line.split(",") for line in facts.lists.get("x.rancher.deployment", ())]
    charts = (_CHART.fullmatch(words[-1]) for words in deployments if words[0] == RANCHER)
    return State(
        stamps=read_stamps(facts.first("x.rancher.stamps")),
        revisions=_revisions(facts.lists.get("x.rancher.release", ())),
        ready=frozenset(words[0] for words in deployments if _ready(words)),
        rancher=next((found[1] for found in charts if found), ""),
        backup_operator="rancher-backup" in facts.lists.get("x.rancher.backup", ()),
        rke1=tuple(facts.lists.get("x.rancher.rke1", ())),
        ending=tuple(name for name in facts.lists.get("x.rancher.ending", ()) if _OWN_SPACE.fullmatch(name)),
    )


def _ready(words: list[str]) -> bool:
    """Whether a deployment has been taken up by the cluster, and all of its pods are new and available."""
    _, wanted, available, updated, total, generation, observed = (*words, *("",) * 7)[:7]
    return wanted not in ("", "0") and wanted == available == updated == total and generation == observed


def _revisions(lines: Iterable[str]) -> Mapping[str, Revision]:
    newest: dict[str, Revision] = {}
    for line in lines:
        name, number, status, since = (*line.split(), "", "", "", "")[:4]
        if not number.isdecimal() or len(number) > 9:
            continue
        found = Revision(int(number), status, int(since) if since.isdecimal() and len(since) < 15 else 0)
        if name not in newest or newest[name].number < found.number:
            newest[name] = found
    return newest
