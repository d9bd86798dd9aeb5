"""The steps that wait until RancherD's parts are well: Kubernetes as its own probes see it, and its Rancher."""

import asyncio
from dataclasses import dataclass

from wizard.distros.rancherd.config import rancher_port
from wizard.distros.rancherd.state import ROOM, read_state
from wizard.errors import StepFailed
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.profiles import profile
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

HEALTH = load_script(ROOM, "rancherd_health")
ANSWERS = load_script(ROOM, "rancher_answers")
AGAIN_S = 3.0


async def ping(host: Host, address: str, port: int) -> str:
    """Return what Rancher at an address says to `host`: pong, another word, or untested where there is no curl."""
    lines = (await host.run(ANSWERS, address, str(port), timeout_s=30)).lines
    return next((line for line in lines if line), "")


@dataclass(frozen=True, slots=True)
class Probes(Fileless):
    """The second generation. Settled when RancherD has run to its end and the plan has nothing else to do there."""

    site: Site
    key: str = "probes"
    title: str = "Ask RancherD's probes"
    timeout_s: float = 600.0
    expected_s: float = 10.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and read_state(survey.facts[node]).bootstrapped

    async def carry_out(self, work: Work) -> Outcome:
        role = self.site.spec.node(work.node).role
        rows = profile("rancherd/rancherd")["generations"][2]["probes"]
        asked = [f"{row['name']}={row['url']}" for row in rows if role in row["roles"]]
        bad: list[str] = ["no answer yet"]
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while bad:
                    lines = (await work.host.run(HEALTH, *asked, timeout_s=90)).lines
                    bad = [line for line in lines if not line.endswith(("=ok", "=untested"))]
                    work.tell(100 * (len(lines) - len(bad)) // max(1, len(lines)), ", ".join(bad) or "all are well")
                    if bad:
                        await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            hint = f"journalctl -u rke2-{role} -u rancherd on {work.node}; then retry."
            raise StepFailed(work.node, f"not well: {', '.join(bad)}", hint=hint) from None
        return "unchanged"


@dataclass(frozen=True, slots=True)
class RancherAnswers(Fileless):
    """Settled when RancherD runs, or has run to its end: a Rancher that fell over later is no reason to begin anew."""

    site: Site
    key: str = "rancher"
    title: str = "Wait for Rancher"
    timeout_s: float = 1200.0
    expected_s: float = 120.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        state = read_state(survey.facts[node])
        return state.bootstrapped or any(unit.active == "active" for unit in state.units.values())

    async def carry_out(self, work: Work) -> Outcome:
        port, said = rancher_port(), ""
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while (said := await ping(work.host, "127.0.0.1", port)) not in ("pong", "untested"):
                    work.tell(50, f"https://{work.node}:{port}: {said or 'no answer yet'}")
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"Rancher does not answer on port {port}: {said or 'no answer'}",
                cause="Its pods have not come up: an image is missing, or port 8443 is held by another program.",
                hint="kubectl -n cattle-system get pods -o wide on a server; then retry.",
            ) from None
        work.said(
            f"Rancher answers at https://{work.node}:{port}; its first password: rancher-wizard rancherd reset-admin"
        )
        return "unchanged"
