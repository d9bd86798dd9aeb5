"""How Rancher stands now, asked of the cluster: for `rancher status`, and its first password for who logs in first."""

import base64
from dataclasses import dataclass

from wizard.errors import WizardError
from wizard.kube.door import ready_door
from wizard.plain import plain
from wizard.rancher.answers import Answer, ask, enough
from wizard.rancher.notes import NAMESPACE
from wizard.rancher.release import releases
from wizard.rancher.secrets import BOOTSTRAP, BOOTSTRAP_KEY
from wizard.rancher.state import State, look
from wizard.rollout.step import Hosts
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher


@dataclass(frozen=True, slots=True)
class Status:
    """What was found, and what each ingress node and the balancer say to Rancher's name."""

    spec: Spec
    state: State
    answers: tuple[Answer, ...]

    def problems(self) -> tuple[str, ...]:
        """Return what is not as it should be, a sentence each."""
        lacking = tuple(lack for release in releases(self.spec) if (lack := self.state.lacks(release)))
        reached = () if enough(self.answers, self.spec) else ("users do not reach it by its name",)
        return (*lacking, *(reached if not lacking else ()))

    def lines(self) -> tuple[str, ...]:
        """Return it for reading."""
        said = []
        for release in releases(self.spec):
            revision = self.state.revisions.get(release.name)
            what = f"{revision.status}, revision {revision.number}" if revision else "not installed"
            said.append(f"{release.name:<14} wanted {release.version:<10} {plain(what)}")
        there = f"Rancher {self.state.rancher} is there" if self.state.rancher else "no Rancher is there"
        return (*said, there, *(f"  {plain(str(answer))}" for answer in self.answers))

    def record(self) -> dict[str, object]:
        """Return it for a program."""
        return {
            "rancher": self.state.rancher,
            "releases": {
                name: {"revision": each.number, "status": each.status} for name, each in self.state.revisions.items()
            },
            "answers": [{"address": each.address, "status": each.status, "good": each.good} for each in self.answers],
            "problems": list(self.problems()),
        }


async def status(site: Site, rancher: Rancher, hosts: Hosts) -> Status:
    """Ask the first node that answers. Raises WizardError when none does."""
    door = await ready_door(site, hosts)
    return Status(site.spec, await look(door), await ask(door.host, site.spec, rancher))


async def password(site: Site, hosts: Hosts) -> Secret:
    """Return the password of the first login as the cluster has it: that one counts, whatever was given later.

    Raises WizardError when no node answers, or there is none yet.
    """
    door = await ready_door(site, hosts)
    path = f'jsonpath={{.data.{BOOTSTRAP_KEY}}}{{"\\n"}}'
    template = ("get", "secret", BOOTSTRAP, f"--namespace={NAMESPACE}", "--ignore-not-found", "-o", path)
    found = "".join(await door.kube.text(*template)).strip()
    if not found:
        raise WizardError(
            "the cluster has no first password yet", hint="Install Rancher: rancher-wizard rancher apply."
        )
    return decoded(found)


def decoded(text: str) -> Secret:
    """Return a value of a Secret as it was before base64. Raises WizardError where it is none."""
    try:
        return Secret(base64.b64decode(text, validate=True).decode())
    except ValueError:
        raise WizardError(
            "the first password in the cluster can't be read", hint=f"See the Secret {BOOTSTRAP}."
        ) from None
