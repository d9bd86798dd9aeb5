"""A new token for the servers: etcd's bootstrap data sealed by it, each server configured and started with it.

Source: RKE2 documentation, "Server Token Rotation"; k3s pkg/server/handlers/token.go and pkg/cluster/storage.go.
The agents' token is another one, which stays as it is: RKE2 has no call that changes it, and a server whose
configuration has another one than etcd's bootstrap data takes its own passwd for newer and does not start
(rancher/rke2 issues 5785 and 4034).
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wizard.distros.rke2.config import CA_HASH, SERVER_TOKEN
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.supervisor import Silent, Supervisor, supervisor
from wizard.distros.rke2.tokens import NEXT, keep, take
from wizard.errors import BadSpec, BadUsage, Refused, StepFailed, WizardError
from wizard.files import write_private
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.reference import SecretRef
from wizard.spec.token import check_token
from wizard.upgrade.release import Release
from wizard.upgrade.snapshot import FRESH_S, Snapshot
from wizard.upkeep.servers import ending, names, release, restarts
from wizard.upkeep.turning import turn
from wizard.vault.secrets import new_token

FILE = "token-rotation.json"
COMMAND = "token rotate"


@dataclass(frozen=True, slots=True)
class Begun:
    """A rotation that has begun: what tells it from others, of no token, as the snapshot's name is told in logs."""

    id: str
    saved: int = 0
    """Epoch seconds of its snapshot's end, 0 before that."""


def unfinished(state: Path) -> bool:
    """Tell whether a rotation has begun that is not proven on every server yet."""
    return (state / FILE).exists()


def refuse_unfinished(state: Path) -> None:
    """Raise Refused while servers may hold either token: nothing else may be done to them before it is one."""
    if unfinished(state):
        raise Refused(
            "the cluster is being given a new token, and not every server is proven to have it",
            hint=f"Go on with it: rancher-wizard {COMMAND} SPEC. Both tokens are in the vault.",
        )


def begin(site: Site, about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Seal the token that is to follow, and keep that the rotation has begun; one that was cut short goes on.

    `about` may name a `source`, {env: NAME} or {file: PATH}. Raises BadSpec for a token that RKE2 would not take,
    BadUsage for the one that holds already or another than the one under way.
    """
    given = _given(site, about.get("source"))
    following = site.vault.get(NEXT)
    if unfinished(site.state) and following:
        if given and given != following:
            raise BadUsage(
                "a rotation to another token is under way",
                hint=f"Finish it first, without naming a token: rancher-wizard {COMMAND} SPEC.",
            )
        return {}
    if given and given == site.vault.get(SERVER_TOKEN):
        raise BadUsage("that is the token that the cluster has", hint="Name another one, or none: one is made.")
    if following and following != site.vault.get(SERVER_TOKEN):
        keep(site.vault, following)  # a rotation that nobody remembers may have told the cluster of it
    site.vault.put(NEXT, given or new_token())
    _keep(site, Begun(secrets.token_hex(4)))
    return {}


def _given(site: Site, source: Any) -> Secret | None:
    """The operator's own new token; None where one is to be made."""
    if not source:
        return None
    try:
        token = SecretRef.model_validate(source).read(site.base)
    except ValidationError as error:
        raise BadUsage(
            f"the new token: {error.errors(include_input=False)[0]['msg']}", hint="--env NAME, or --file PATH."
        ) from None
    if wrong := check_token(token):
        raise BadSpec([f"the new token: {wrong}"])
    return token


def abandon(site: Site) -> None:
    """End a rotation that a restore goes back behind; the token that was to follow is kept, snapshots may need it."""
    if unfinished(site.state):
        keep(site.vault, _following(site))
        (site.state / FILE).unlink(missing_ok=True)


def rotate(site: Site) -> Plan:
    """Return the plan that gives the servers a new token, or goes on with one that was cut short. Pure.

    Raises Refused while a server can't be reached or runs another release than the spec's.
    """
    runs, first = release(site), names(site)[0]
    reach = Reach(site.survey, prober())
    return Plan(
        site.spec.name,
        (
            Stage(
                "token",
                "The cluster's token",
                "servers",
                ((first,),),
                (reach, Before(site, runs), Turn(site)),
            ),
            Stage(
                "token-files",
                "Token into every server's configuration",
                "servers",
                (names(site),),
                (reach, Configure(site)),
                at_once=len(names(site)),
            ),
            restarts(site, "token-servers", after=(Holds(site),)),
            ending(site, "token-proof", "Verification", Proven(site)),
        ),
        settled=tuple(node.name for node in site.spec.agents),
        notes=(
            "Agents join by a token of their own, which stays: they are not restarted. RKE2 can't change it on a "
            "running cluster: where it has leaked, let only the nodes' addresses reach port 9345, and see whether "
            "nodes have joined that nobody knows.",
            "Snapshots made before need the old token: it is kept in the vault, and restore takes it from there.",
        ),
        command=COMMAND,
    )


@dataclass(frozen=True, slots=True)
class Before(Unsettled):
    """Saves a snapshot under the old token; unchanged where this rotation did so lately, or has turned since."""

    site: Site
    release: Release
    key: str = "snapshot"
    title: str = "Save a snapshot of etcd and bring it home"
    timeout_s: float = 3600.0
    expected_s: float = 20.0

    async def carry_out(self, work: Work) -> Outcome:
        begun = _begun(self.site)
        if begun.saved and (time.time() - begun.saved < FRESH_S or await self._turned(work)):
            return "unchanged"
        outcome = await Snapshot(self.site, self.release, f"before-token-{begun.id}").carry_out(work)
        _keep(self.site, replace(begun, saved=int(time.time())))
        return outcome

    async def _turned(self, work: Work) -> bool:
        """Whether the new token may hold: a server that turned and restarted too early does not answer."""
        try:
            async with supervisor(work.host, _ca(self.site)) as door:
                return await door.lets_in(_following(self.site))
        except Silent:
            return True


@dataclass(frozen=True, slots=True)
class Turn(Unsettled):
    """Has one server take the new token and seal etcd's bootstrap data by it; then the vault holds it as the one."""

    site: Site
    key: str = "turn"
    title: str = "Give the cluster its new token"
    timeout_s: float = 400.0
    expected_s: float = 3.0

    async def carry_out(self, work: Work) -> Outcome:
        following, holds = _following(self.site), self.site.vault.get(SERVER_TOKEN)
        if holds is None:
            raise StepFailed(
                work.node, "the cluster's token is not in the vault", hint="rancher-wizard apply seals it."
            )
        turned = await _any(self.site, work, lambda door, name: turn(door, name, holds, following))
        take(self.site.vault, following)
        work.said("etcd's bootstrap data is sealed by the new token")
        return "done" if turned else "unchanged"


@dataclass(frozen=True, slots=True)
class Holds(Unsettled):
    """Proves at a server itself that it takes the new token."""

    site: Site
    key: str = "holds"
    title: str = "Prove that the server takes the new token"
    timeout_s: float = 120.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        async with supervisor(work.host, _ca(self.site)) as door:
            if not await door.lets_in(_following(self.site)):
                raise StepFailed(
                    work.node,
                    "it does not take the new token",
                    cause="A file in config.yaml.d or the unit's environment sets another token.",
                    hint=f"On {work.node}: grep -rn token /etc/rancher/rke2 /etc/default/rke2-server; then retry.",
                )
        return "unchanged"


@dataclass(frozen=True, slots=True)
class Proven(Unsettled):
    """Ends the rotation: every server was proven by now."""

    site: Site
    key: str = "proven"
    title: str = "End the rotation"
    timeout_s: float = 30.0
    expected_s: float = 0.1

    async def carry_out(self, work: Work) -> Outcome:
        (self.site.state / FILE).unlink(missing_ok=True)
        work.said(f"{', '.join(names(self.site))}: the new token holds")
        return "done"


def _keep(site: Site, begun: Begun) -> None:
    write_private(site.state / FILE, json.dumps(asdict(begun)).encode())


def _begun(site: Site) -> Begun:
    try:
        return Begun(**json.loads((site.state / FILE).read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WizardError(
            f"{site.state / FILE} is damaged", hint=f"Delete it, then: rancher-wizard {COMMAND} SPEC."
        ) from error


async def _any(site: Site, work: Work, ask: Callable[[Supervisor, str], Awaitable[bool]]) -> bool:
    """Ask the first server whose supervisor answers, the one at work before the others.

    One that restarted between a call and its new configuration does not come up before it has that; any other does for
    the call, as what counts is in etcd. Raises Silent where none answers.
    """
    silent: list[Silent] = []
    for name in (work.node, *(each for each in names(site) if each != work.node)):
        try:
            async with supervisor(work.at(name), _ca(site)) as door:
                return await ask(door, name)
        except Silent as error:
            silent.append(error)
    raise silent[0]


def _following(site: Site) -> Secret:
    token = site.vault.get(NEXT)
    if token is None:
        raise WizardError("the token that is to follow is not in the vault", hint="Put the state folder back.")
    return token


def _ca(site: Site) -> str:
    known = site.vault.get(CA_HASH)
    if known is None:
        raise WizardError("the cluster's CA is not known", hint="Bring the cluster up first: rancher-wizard apply.")
    return known.reveal()
