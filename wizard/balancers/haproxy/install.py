"""The step that installs HAProxy, and what talks to its socket, by the distribution's own packages."""

from dataclasses import dataclass

from wizard.balancers.haproxy.state import PROBE, ROOM, read_state, release
from wizard.balancers.job import run_told
from wizard.balancers.kept import kept_script
from wizard.bundle.packages.onto_node import lot
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts, probe
from wizard.profiles import profile
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

NAME = "haproxy"
"""What was before is kept under it on the machine."""
JOB = "rancher-wizard-haproxy"
PACKAGE = kept_script(ROOM, "haproxy_package", packages=True)


@dataclass(frozen=True, slots=True)
class InstallHaproxy(Fileless):
    """Settled where an HAProxy that is recent enough and a tool for its socket are installed."""

    site: Site
    key: str = "haproxy-package"
    title: str = "Install HAProxy"
    timeout_s: float = 1200.0
    expected_s: float = 20.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and _there(survey.facts[node])

    async def carry_out(self, work: Work) -> Outcome:
        facts = await self._look(work)
        if _there(facts):
            return "unchanged"
        if not read_state(facts).version or not read_state(facts).tool:
            await self._install(work, facts)
            facts = await self._look(work)
        version = read_state(facts).version
        if not _there(facts):
            raise StepFailed(
                work.node,
                f"HAProxy {version or 'is not there'} of {facts.os_name or 'this system'} is too old"
                if version
                else "HAProxy is not there, although its package was installed",
                cause=f"What asks servers whether they are well needs HAProxy {profile('haproxy')['minimum']}.",
                hint=f"Install a newer one on {work.node}, from haproxy.org's list of packages; then retry.",
            )
        return "done"

    async def _look(self, work: Work) -> Facts:
        return await probe(work.host, extra=(PROBE,))

    async def _install(self, work: Work, facts: Facts) -> None:
        state = read_state(facts)
        lacking = (*(() if state.version else ("haproxy",)), *(() if state.tool else ("socat",)))
        source = lot(self.site.spec.source, self.site.base, facts, lacking, called=NAME)
        if source:
            await source.send(work.host, told=lambda text: work.tell(20, text))
        args = (NAME, "apply", *(source.words if source else ()), *lacking)
        status, last = await run_told(work, JOB, PACKAGE, *args, timeout_s=self.timeout_s - 30)
        if status != 0:
            raise StepFailed(
                work.node,
                f"HAProxy can not be installed: {(last or ['no word'])[-1]}",
                cause=f"The package manager finds no such package, or no mirror answers.{elsewhere(facts)}",
                hint=f"Install haproxy and socat on {work.node} by hand, or mend its package sources; then retry.",
            )


def elsewhere(facts: Facts) -> str:
    """Return where a distribution keeps what balancers are made of, as a further sentence; "" where it is at hand."""
    known = profile("haproxy")["elsewhere"].get(facts.os_id)
    return f" {known}" if known else ""


def _there(facts: Facts) -> bool:
    state = read_state(facts)
    return state.tool and release(state.version) >= release(profile("haproxy")["minimum"])
