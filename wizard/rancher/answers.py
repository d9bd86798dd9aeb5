"""The step that proves that users reach Rancher under its name, and tells where they log in first."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.errors import StepFailed
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.kube.door import Door, door
from wizard.rancher.notes import note
from wizard.rancher.release import releases
from wizard.rancher.state import ROOM, look
from wizard.rancher.steps import seen
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher

PING = load_script(ROOM, "ping_rancher")
SOCKET = load_script(ROOM, "ask_websocket")
THROUGH = ("101", "401")
"""What Rancher itself says to a websocket that nobody has logged in for."""
PING_S = 300.0
AGAIN_S = 3.0
HTTP, HTTPS = "80", "443"
FAKE = "fake certificate"
"""What ping_rancher says where the ingress controller shows one of its own."""
KEY = "answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address said to /ping."""

    address: str
    status: str
    body: str

    @property
    def good(self) -> bool:
        """True when it was Rancher that answered."""
        return self.status == "200" and self.body == "pong"

    def __str__(self) -> str:
        return f"{self.address}: {'no answer' if self.status == '000' else f'{self.status} {self.body}'.strip()}"


@dataclass(frozen=True, slots=True)
class Answers(Fileless):
    """Settled when this very Rancher has answered before, and still stands."""

    site: Site
    rancher: Rancher
    key: str = "rancher-answers"
    title: str = "Reach it by its name"
    timeout_s: float = PING_S + 120
    expected_s: float = 10.0

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        return state is not None and state.stamps.get(KEY) == digest(self.site.spec)

    async def carry_out(self, work: Work) -> Outcome:
        at = await door(work, self.site)
        if (await look(at)).stamps.get(KEY) == digest(self.site.spec):
            return "unchanged"
        for answer in await self._reached(work, at):
            work.said(str(answer))
        for address, status in await stopped(at.host, self.site.spec, self.rancher):
            work.said(
                f"{address} answers a websocket with {status}: shells, logs and agents would not get through. "
                "What stands there must pass on Host and Upgrade, and send X-Forwarded-Proto https and port 443."
            )
        await note(at.kube, **{KEY: digest(self.site.spec)})
        work.said(f"Rancher answers. First login: https://{self.rancher.hostname}/dashboard/")
        work.said("Its password: rancher-wizard rancher password")
        return "done"

    async def _reached(self, work: Work, at: Door) -> tuple[Answer, ...]:
        found: tuple[Answer, ...] = ()
        try:
            async with asyncio.timeout(PING_S):
                while not enough(found, self.site.spec):
                    found = await ask(at.host, self.site.spec, self.rancher)
                    work.tell(50, "; ".join(map(str, found))[:200])
                    await asyncio.sleep(0 if enough(found, self.site.spec) else AGAIN_S)
        except TimeoutError:
            raise self._failure(work.node, found) from None
        return found

    def _failure(self, node: str, found: Iterable[Answer]) -> StepFailed:
        said = "; ".join(map(str, found))
        saw = f"Rancher is ready, and not reached as {self.rancher.hostname}: {said}"[:400]
        statuses = {answer.status for answer in found}
        if FAKE in {answer.body for answer in found}:
            return StepFailed(
                node,
                saw,
                cause="The ingress controller has no certificate for that name and shows one that it made itself.",
                hint="See kubectl -n cattle-system get certificate,issuer,secret tls-rancher-ingress; then retry.",
            )
        if statuses & {"301", "302", "307", "308"}:
            return StepFailed(
                node,
                saw,
                cause="The ingress controller does not believe the balancer that TLS was there, and sends users round.",
                hint="Say in balancer.sources where the balancer connects from, then apply and it is believed.",
            )
        if "404" in statuses:
            return StepFailed(
                node,
                saw,
                cause="The ingress controller knows no such name: another class of ingress, or another one's name.",
                hint="See kubectl -n cattle-system get ingress; spec.ingress must name what runs here. Then retry.",
            )
        return StepFailed(
            node,
            saw,
            cause="No ingress controller listens there, or a firewall is between.",
            hint="See kubectl -n kube-system get pods -o wide | grep -e ingress -e traefik; then retry.",
        )


async def stopped(server: Host, spec: Spec, rancher: Rancher) -> tuple[tuple[str, str], ...]:
    """Return the addresses that let no websocket through to Rancher, each with the status that they answer.

    Source: rancher/rancher issues 24202, 25061 (403 and 302 by headers that a balancer has changed).
    """
    rows: list[tuple[str, str]] = []
    for port, addresses in _ways(spec, rancher):
        result = await server.run(SOCKET, rancher.hostname, port, *addresses, timeout_s=20.0 + 6.0 * len(addresses))
        rows += [(row[0], row[1]) for line in result.lines if len(row := line.split(" ")) == 2]
    return tuple((address, status) for address, status in rows if status not in THROUGH)


async def ask(server: Host, spec: Spec, rancher: Rancher) -> tuple[Answer, ...]:
    """Return what the ingress nodes and the balancer say when a server asks them for Rancher by its name."""
    found: list[Answer] = []
    for port, addresses in _ways(spec, rancher):
        found += await _ping(server, rancher.hostname, port, addresses)
    return tuple(found)


def enough(found: Iterable[Answer], spec: Spec) -> bool:
    """Whether users get there: by one node at least, and by the balancer where the wizard looks after it."""
    good = {answer.address for answer in found if answer.good}
    front = _front(spec)
    nodes = {node.inner_address for node in spec.ingress_nodes}
    return bool(good & nodes) and (front is None or front in good)


def digest(spec: Spec) -> str:
    """Return a short name for the Rancher and the ways to it that are wanted."""
    ways = [_front(spec), *sorted(node.inner_address for node in spec.ingress_nodes)]
    return hashlib.sha256(repr([*(each.digest for each in releases(spec)), *ways]).encode()).hexdigest()[:16]


def _ways(spec: Spec, rancher: Rancher) -> tuple[tuple[str, list[str]], ...]:
    """The ports and addresses that users come by: the ingress nodes, and the balancer where it is ours."""
    port, front = HTTP if rancher.tls == "external" else HTTPS, _front(spec)
    nodes = (port, [node.inner_address for node in spec.ingress_nodes])
    return (nodes, (HTTPS, [front])) if front else (nodes,)


def _front(spec: Spec) -> str | None:
    return spec.balancer.address if spec.balancer and spec.balancer.kind == "haproxy" else None


async def _ping(server: Host, name: str, port: str, addresses: list[str]) -> tuple[Answer, ...]:
    lines = (await server.run(PING, name, port, *addresses, timeout_s=20.0 + 11.0 * len(addresses))).lines
    return tuple(Answer(*(*line.split(" ", 2), "", "", "")[:3]) for line in lines)
