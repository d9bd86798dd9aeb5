"""From a spec to a running rollout: what CLI and screens start. What the engine does is in wizard.carrying."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from wizard import whole
from wizard.checks.cluster.known import gate_checks
from wizard.checks.keep import keep
from wizard.checks.matrix import Matrix
from wizard.errand import KINDS, MEANWHILE, UPGRADE, WITH_EITHER_TOKEN, About, errand_of
from wizard.errors import Busy, ChangedHostKey, UntrustedHost
from wizard.hosts.target import Credentials
from wizard.hosts.wire import Wire
from wizard.preflight import blank, extra, judge, prove_from_here, prove_network, refuse
from wizard.rollout import events as ev
from wizard.rollout.journal import read_whole
from wizard.rollout.lock import Holder, free_there, holder, respect_others
from wizard.rollout.logout import Beyond, beyond_logout
from wizard.rollout.paces import paced
from wizard.rollout.plan import Plan
from wizard.rollout.process import JOURNAL, new_run, runs, start_engine
from wizard.rollout.step import Extra, Survey, nothing
from wizard.rollout.survey import survey
from wizard.secret import Secret
from wizard.site import Identity, Site, refuse_another_kind, state_dir, state_path, targets
from wizard.spec.models import Spec
from wizard.upgrade.gate import prove_gate
from wizard.upgrade.restore.begun import refuse_unfinished
from wizard.upkeep import token
from wizard.vault.secrets import Secrets, Unsealed
from wizard.vault.vault import SEALED, Vault

HOLD_S = 8 * 3600.0  # a rollout that can't go on waits this long for an operator who is watching


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator was asked for, once."""

    sudo_password: Secret | None = None
    key_passphrase: Secret | None = None
    vault_passphrase: Secret | None = None

    def by_name(self) -> Mapping[str, Secret | None]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Opened:
    """A site that has been looked at, the way to its hosts, and the part that alone is meant ("": all)."""

    site: Site
    wire: Wire
    only: str = ""
    about: About = field(default_factory=dict)

    def plan(self) -> Plan:
        """Return what is still to be done.

        Raises Refused while a restore or a rotation of the token is not ended: it alone goes on then.
        """
        if self.only in MEANWHILE:
            refuse_unfinished(self.site.state)
        if (self.only == "" or self.only in KINDS) and self.only not in WITH_EITHER_TOKEN:
            token.refuse_unfinished(self.site.state)
        errand = errand_of(self.site.spec, self.only)
        if not errand:
            refuse_another_kind(self.site.spec, self.site.state)
        plan = errand.plan(self.site, self.about) if errand else whole.plan(self.site, only=self.only)
        return paced(plan, self.site.state)

    def begun(self) -> About:
        """Keep that it begins, and return what its engine is to be told."""
        errand = errand_of(self.site.spec, self.only)
        return errand.begun(self.site, self.about) if errand else self.about


@contextlib.asynccontextmanager
async def open_site(
    spec: Spec,
    base: Path,
    given: Given,
    *,
    look: bool = True,
    begin: bool = True,
    extra: Extra = nothing,
    only: str = "",
    about: About | None = None,
) -> AsyncIterator[Opened]:
    """Open a cluster's state, connect to its nodes and, with `look`, probe each of them once.

    `base` is the folder of the spec; without `begin`, a cluster that has no state yet is given none; `extra` is what is
    looked at beyond what planning reads; `only` names the part of the plan that alone is meant, or one of ERRANDS, and
    `about` is what is wanted of it. Raises WizardError for a vault that can't be opened; a node that can't be reached
    is in the survey's failures.
    """
    errand_of(spec, only)
    _allow_open_files()
    state = state_path(spec.name)
    vault = await asyncio.to_thread(_secrets, spec.name, given, begin)
    credentials = Credentials(given.sudo_password, given.key_passphrase)
    wire = Wire(targets(spec, base).values(), credentials=credentials, at_once=spec.ssh.at_once)
    try:
        names = whole.names(spec, only=part_of(only))
        identity = Identity.of(state, spec.first_server.name, begin=begin)
        site = Site(spec, base, state, vault, Survey(), identity, credentials=credentials)
        seen = await survey(names, wire.host, whole.prober(site, extra)) if look else site.survey
        yield Opened(replace(site, survey=seen), wire, only, about or {})
    finally:
        await wire.close()


@contextlib.asynccontextmanager
async def free_site(
    spec: Spec, base: Path, given: Given, *, only: str = "", about: About | None = None
) -> AsyncIterator[Opened]:
    """Open a site, or the part `only` of it, that may be started on: nobody else works on it, no host key is in doubt.

    Its nodes are looked at for checks too. Raises Busy, Refused for changed host keys, UntrustedHost for keys that have
    to be accepted first, and what open_site raises.
    """
    if held := holder(state_path(spec.name)):
        raise Busy(
            f"a rollout of {spec.name} is under way: {held}", hint=f"Look at it: rancher-wizard attach {spec.name}"
        )
    async with open_site(spec, base, given, extra=extra(spec, base), only=only, about=about) as opened:
        seen = opened.site.survey
        changed = [name for name, error in sorted(seen.failures.items()) if isinstance(error, ChangedHostKey)]
        seen.must_answer(changed, move="Nothing was started.")
        for error in seen.failures.values():
            if isinstance(error, UntrustedHost):
                raise error
        yield opened


def part_of(only: str) -> str:
    """What `only` means of the whole: an errand is about all nodes."""
    return "" if only in KINDS else only


def _secrets(cluster: str, given: Given, begin: bool) -> Secrets:
    if not begin and not (state_path(cluster) / SEALED).exists():
        return Unsealed()
    return Vault.open(state_dir(cluster), passphrase=given.vault_passphrase)


async def checked(opened: Opened, plan: Plan, forced: Mapping[str, str] | None = None) -> Matrix:
    """Return what the checks say before `plan` is carried out: of nodes, the ways between them, and this machine.

    `forced` names checks that shall not count, each with the reason; what must hold is left to `preflight.refuse`.
    Raises Busy while another jump host works on the cluster.
    """
    site, errand = opened.site, errand_of(opened.site.spec, opened.only)
    # Listeners of the proof on the very ports would keep another's rollout from starting what belongs there.
    await respect_others(opened.wire.host(site.spec.first_server.name), site.state)
    if errand and not errand.checked:
        return blank(site.spec, (), {})
    upgrading = opened.only == UPGRADE
    matrix = judge(site.spec, site.survey, forced=forced, more=gate_checks(site.spec) if upgrading else ())
    if upgrading:
        await prove_gate(matrix, site, plan, opened.wire.host)
    if about := {node.name for node in site.spec.nodes} & set(plan.nodes):
        await prove_network(matrix, site.spec, site.survey, opened.wire.host, about)
        await prove_from_here(matrix, site.spec, site.base)
    return matrix


def _allow_open_files() -> None:
    """Each connection is an open file, and the usual soft limit of 1024 is less than a large site."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def tidy(opened: Opened) -> None:
    """Free what a killed engine could not, when there is nothing else left to do for another one."""
    site = opened.site
    last = runs(site.state)[-1:]
    if last and not any(isinstance(event, ev.RolloutEnded) for event in read_whole(last[0] / JOURNAL)):
        await free_there(opened.wire.host(site.spec.first_server.name), Holder.me(last[0].name), site.state)


def start(opened: Opened, given: Given, *, checks: Matrix, spec_text: bytes, hold_s: float, simulated: bool) -> Path:
    """Seal what the spec refers to, and start an engine for it; return the folder of the new rollout.

    `checks` is kept with it, `spec_text` is the spec's file as it is, `hold_s` how long the engine waits for the
    operator when it can't go on. Raises Refused when a check says that it must not be started.
    """
    site = opened.site
    refuse(checks, opened.plan().nodes)
    whole.seal(site, only=part_of(opened.only))
    about = dict(opened.begun())
    request = {"base": str(site.base), "hold_s": hold_s, "simulated": simulated, "only": opened.only, "about": about}
    run_dir = new_run(site.state, request, spec_text)
    keep(checks, run_dir)
    # A simulated site ends with the command that made it, and its engine with both.
    beyond = Beyond() if simulated else beyond_logout()
    start_engine(run_dir, given.by_name(), without=_variables(site.spec, opened.about), prefix=beyond.prefix)
    return run_dir


def _variables(spec: Spec, about: About) -> set[str]:
    """The environment variables that hold secrets: sealed by now, so the engine goes without them."""
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if set(value) == {"env"} and isinstance(value["env"], str):
                found.add(value["env"])
            for item in value.values():
                walk(item)

    walk(spec.model_dump(exclude_unset=True))
    walk(dict(about))
    return found
