"""The steps that bring Rancher about: its secrets, and each chart."""

from dataclasses import dataclass
from typing import Protocol

from wizard.kube.door import Door, door
from wizard.rancher import secrets
from wizard.rancher.notes import NAMESPACE, note, spaces
from wizard.rancher.ready import wait_ready, wait_webhook
from wizard.rancher.release import RANCHER, Release
from wizard.rancher.state import State, look, read_state
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.rancher import Rancher
from wizard.vault.secrets import new_token

READY_S = 1200
"""Seconds for all pods to come up: images of gigabytes are pulled by each node."""
WEBHOOK_S = 180
SPARE_S = 900.0


class Deliverer(Protocol):
    """A way to bring a chart about."""

    def files(self, release: Release) -> tuple[File, ...]: ...
    async def deliver(self, work: Work, at: Door, release: Release, state: State) -> int: ...


def seen(site: Site, survey: Survey) -> State | None:
    """Return what the servers' facts tell of Rancher."""
    return read_state(survey.facts[node.name] for node in site.spec.servers if node.name in survey.facts)


@dataclass(frozen=True, slots=True)
class Secrets(Fileless):
    """Settled when the certificates are those of the spec; the first password is put there once."""

    site: Site
    rancher: Rancher
    key: str = "rancher-secrets"
    title: str = "Hand over password and certificates"
    timeout_s: float = 120.0
    expected_s: float = 2.0

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        if state is None or state.stamps.get("secrets") != secrets.digest(self.site, self.rancher):
            return False
        # Where it was brought up before CAs were noted, there is none, and nothing to do.
        return state.stamps.get("ca", "") in ("", secrets.root(self.site, self.rancher))

    async def carry_out(self, work: Work) -> Outcome:
        at = await door(work, self.site)
        kube, state = at.kube, await look(at)
        digest, before = secrets.digest(self.site, self.rancher), state.stamps.get("secrets")
        ca = secrets.root(self.site, self.rancher)
        if before == digest:
            if state.stamps.get("ca") != ca:
                await note(kube, ca=ca)
            return "unchanged"
        there = await kube.text(
            *("get", "secret", secrets.BOOTSTRAP, f"--namespace={NAMESPACE}", "--ignore-not-found", "-o", "name")
        )
        password = None if there else self.site.vault.ensure(secrets.PASSWORD, new_token)
        await kube.apply([*spaces((NAMESPACE,)), *secrets.manifests(self.site, self.rancher, password)])
        if before and state.rancher:
            # Pods that have a certificate mounted go on with the old one until they are made anew.
            await kube.text("rollout", "restart", "deployment/rancher", f"--namespace={NAMESPACE}")
        await note(kube, secrets=digest, ca=ca)
        return "done"


@dataclass(frozen=True, slots=True)
class Deliver:
    """Settled when the release is there with just these values, and all that belongs to it is ready."""

    site: Site
    release: Release
    by: Deliverer
    timeout_s: float = READY_S + WEBHOOK_S + SPARE_S

    @property
    def key(self) -> str:
        return self.release.name

    @property
    def title(self) -> str:
        return f"Install {'Rancher' if self.release.name == RANCHER else self.release.name} {self.release.version}"

    @property
    def expected_s(self) -> float:
        return 240.0 if self.release.name == RANCHER else 60.0

    def files(self, node: str) -> tuple[File, ...]:
        return self.by.files(self.release)

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        return state is not None and state.stands(self.release)

    async def carry_out(self, work: Work) -> Outcome:
        at = await door(work, self.site)
        state = await look(at)
        if state.stands(self.release):
            return "unchanged"
        revision = await self._deliver(work, at, state)
        await wait_ready(work, at, self.release, revision=revision, timeout_s=READY_S)
        if self.release.name == RANCHER:
            await wait_webhook(work, at, timeout_s=WEBHOOK_S)
        await note(at.kube, **{self.release.name: self.release.digest})
        return "done"

    async def _deliver(self, work: Work, at: Door, state: State) -> int:
        """Return the revision to wait for; what a former attempt has delivered already is not delivered again."""
        found = state.revisions.get(self.release.name)
        if (
            found
            and found.status == "deployed"
            and state.stamps.get(f"{self.release.name}.given") == self._given(found.number)
        ):
            return found.number
        revision = await self.by.deliver(work, at, self.release, state)
        await note(at.kube, **{f"{self.release.name}.given": self._given(revision)})
        return revision

    def _given(self, revision: int) -> str:
        return f"{revision} {self.release.digest}"
