"""The step that brings HAProxy to serve by the spec: judged by HAProxy itself, and without dropping a connection."""

from dataclasses import dataclass

from wizard.balancers.haproxy.files import DROP_IN, Intent, intent
from wizard.balancers.haproxy.install import NAME
from wizard.balancers.haproxy.render import CONFIG, DRAINED, SOCKET
from wizard.balancers.haproxy.state import PROBE, ROOM, read_state
from wizard.balancers.kept import kept_script
from wizard.errors import StepFailed
from wizard.hosts.facts import probe
from wizard.hosts.output import Result
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site

CONF = kept_script(ROOM, "haproxy_conf", "drained")
WHOSE = kept_script(ROOM, "haproxy_whose")


@dataclass(frozen=True, slots=True)
class ConfigureHaproxy:
    """Settled where each file is ours to the letter, and the process at work tells that it serves by them."""

    site: Site
    key: str = "haproxy-conf"
    title: str = "Configure HAProxy"
    timeout_s: float = 180.0
    expected_s: float = 3.0

    def files(self, node: str) -> tuple[File, ...]:
        return self._intent(node, self.site.survey).files()

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        if facts is None:
            return False
        wanted, state = self._intent(node, survey), read_state(facts)
        return (
            all(file.in_place(facts) for file in wanted.files())
            and state.running == wanted.digest
            and (state.active, state.enabled) == ("active", "enabled")
        )

    async def carry_out(self, work: Work) -> Outcome:
        state = read_state(await probe(work.host, extra=(PROBE,)))
        wanted = intent(self.site, exporter=state.exporter)
        whose = await work.host.run(WHOSE, NAME, "look", CONFIG, self.site.marker, stdin=wanted.config, timeout_s=30)
        self._judge(work, whose)
        for pem in wanted.pems:
            if await write_file(work.host, pem.path, pem.text, mode=0o600):
                work.said(f"wrote {pem.path}")
        args = (NAME, "apply", CONFIG, DROP_IN, SOCKET, wanted.digest, wanted.drop_in.rstrip("\n"), DRAINED)
        result = await work.host.run(CONF, *args, stdin=wanted.config, timeout_s=150)
        self._judge(work, result)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"

    def _intent(self, node: str, survey: Survey) -> Intent:
        facts = survey.facts.get(node)
        return intent(self.site, exporter=read_state(facts).exporter if facts else True)

    def _judge(self, work: Work, result: Result) -> None:
        """Tell what a script said of the configuration; raise StepFailed for what it refused."""
        node, told = work.node, dict[str, list[str]]()
        for line in result.lines:
            key, _, text = line.partition("=")
            told.setdefault(key, []).append(text)
            if key in ("difference", "warning", "lost"):
                work.said(text)
        if foreign := told.get("foreign"):
            raise StepFailed(
                node,
                f"somebody else's configuration is there: {foreign[0]}",
                cause="HAProxy on this machine was set up by hand, or belongs to another cluster; nothing was touched.",
                hint="The log shows the difference. Use another machine, or move that file away and retry.",
            )
        if wrong := told.get("invalid"):
            raise StepFailed(
                node,
                f"HAProxy refuses the configuration: {wrong[0]}",
                cause="This HAProxy is of a version that was not tried; nothing was changed.",
                hint=f"Look at {CONFIG} in the plan; install another HAProxy on {node}; then retry.",
            )
        if lost := told.get("lost"):
            raise StepFailed(
                node,
                f"HAProxy does not run by the new configuration: {lost[0]}",
                cause="A port is taken by another program, or SELinux keeps HAProxy from it; the former file is back.",
                hint=f"On {node}: journalctl -u haproxy; ss -ltnp; free the port it names, then retry.",
            )
