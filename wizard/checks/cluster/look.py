"""Asks a running cluster for all that the gate judges: one server for its objects, each for what it counts."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wizard.checks.cluster.certificate import Certificate, certificate
from wizard.checks.cluster.gate import Case, Line, Used
from wizard.checks.cluster.interface import removed_versions
from wizard.checks.cluster.reading import take
from wizard.checks.cluster.seen import Live
from wizard.errors import HostError
from wizard.hosts.facts import Facts
from wizard.hosts.host import Host
from wizard.hosts.output import Result
from wizard.hosts.script import Script, load_script
from wizard.secret import Secret
from wizard.spec.models import Spec

ROOM = Path(__file__).parent
AT_ONCE = 64
CLUSTER_S = 600.0
SCRIPT_S = 90.0
_KINDS = (
    "chart",
    "wrote",
    "node",
    "pod",
    "budget",
    "volume",
    "webhook",
    "endpoint",
    "apiservice",
    "crd",
    "deployment",
    "plan",
)
_METRIC = re.compile(r"(\w+)\{([^}]*)\} ([0-9.e+]+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')

Hosts = Callable[[str], Host]
Fit = Callable[[Script, str], Script]


def as_it_is(script: Script, node: str) -> Script:
    """Fit for every node."""
    return script


@dataclass(frozen=True, slots=True)
class _Door:
    """The way to what a server's kubectl says."""

    hosts: Hosts
    fit: Fit
    kubeconfig: Secret | None

    async def run(
        self, server: str, script: Script, *args: str, timeout_s: float, on_line: Callable[[str], None] | None = None
    ) -> Result:
        return await self.hosts(server).run(
            self.fit(script, server), *args, stdin=self.kubeconfig, timeout_s=timeout_s, on_line=on_line, check=False
        )


def script(name: str) -> Script:
    """Return one of this room's scripts."""
    return load_script(ROOM, name)


async def look(
    spec: Spec,
    hosts: Hosts,
    *,
    source: Line,
    target: Line,
    draining: Sequence[str],
    facts: Mapping[str, Facts],
    fit: Fit = as_it_is,
    kubeconfig: Secret | None = None,
) -> Case:
    """Return all that is judged before the cluster of `spec` goes from minor `source` to `target`.

    `fit` makes a script fit for a node, `kubeconfig` is the administrator's where servers have none. What can't be read
    is in `live.unknown` with the reason; nothing is raised for it, nothing is changed. A large cluster's objects are
    read as they come and never held as text.
    """
    servers = tuple(node.name for node in spec.api_nodes)
    door = _Door(hosts, fit, kubeconfig)
    nodes = tuple(node.name for node in spec.nodes)
    case = Case(spec, target, tuple(draining), Live(), facts=facts)

    async def api(server: str) -> None:
        case.used[server], case.etcd_bytes[server] = await _counts(door, server)

    async def papers() -> None:
        case.certificates, _ = await all_certificates(nodes, hosts)

    async def objects() -> None:
        case.live = await _objects(servers, door, source, target)

    async with asyncio.TaskGroup() as group:
        group.create_task(objects())
        group.create_task(_each(servers, api))
        group.create_task(papers())
    return case


async def all_certificates(
    nodes: Iterable[str], hosts: Hosts
) -> tuple[dict[str, tuple[Certificate, ...]], dict[str, HostError]]:
    """Return the certificates of each node that has some, and why nodes could not be asked."""
    found: dict[str, tuple[Certificate, ...]] = {}
    silent: dict[str, HostError] = {}

    async def ask(node: str) -> None:
        try:
            if papers := await _certificates(hosts(node)):
                found[node] = papers
        except HostError as error:
            silent[node] = error

    await _each(nodes, ask)
    return found, silent


async def _certificates(host: Host) -> tuple[Certificate, ...]:
    """The certificates that Kubernetes has on a node."""
    result = await host.run(script("look_certificates"), timeout_s=SCRIPT_S, check=False)
    return tuple(found for line in result.lines if (found := certificate(line)))


async def _objects(servers: Iterable[str], door: "_Door", source: Line, target: Line) -> Live:
    """What the first server that answers tells of the cluster."""
    gone = removed_versions(target).items() - removed_versions(source).items()
    resources = sorted({name for _, names in gone for name in names})
    doubt = "no server answers"
    for server in servers:
        live = Live()
        try:
            said = partial(take, live)
            result = await door.run(server, script("look_cluster"), *resources, timeout_s=CLUSTER_S, on_line=said)
        except HostError as error:
            doubt = error.message
            continue
        if live.members:
            return live
        doubt = f"{server}: {next(iter(live.unknown.values()), '') or (result.errors or ('no answer',))[-1]}"
    return Live(unknown=dict.fromkeys(_KINDS, doubt))


async def _counts(door: "_Door", server: str) -> tuple[list[Used], float]:
    """Return the deprecated versions that a server was asked for, and the size of its etcd's file in bytes (0: ?)."""
    try:
        lines = (await door.run(server, script("look_api"), timeout_s=SCRIPT_S)).lines
    except HostError:
        return [], 0.0
    used, size = [], 0.0
    for line in lines:
        found = _METRIC.match(line)
        if not found:
            continue
        labels = dict(_LABEL.findall(found[2]))
        if found[1] != "apiserver_requested_deprecated_apis":
            size = max(size, float(found[3]))
        elif float(found[3]) and (removed := _line(labels.get("removed_release", ""))):
            name = f"{labels.get('group', '')}/{labels.get('version', '')}".lstrip("/")
            used.append(Used(name, labels.get("resource", ""), removed))
    return used, size


def _line(text: str) -> Line | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


async def _each(names: Iterable[str], work: Callable[[str], Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with slots:
            await work(name)

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(one(name))
