"""How the balancers of a site stand: what runs on each, who carries the virtual IP, and what is in the pools."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from wizard.balancers.haproxy.render import DRAINED, SOCKET
from wizard.balancers.keepalived.scripts import HERE
from wizard.balancers.pool.pool import POOL, WATCHED
from wizard.errors import HostError
from wizard.hosts.host import Host
from wizard.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Pooled:
    """A node in one backend of one machine, in haproxy's words; `sessions` are those open now."""

    backend: str
    server: str
    status: str
    check: str
    sessions: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One balancer; `haproxy` and `keepalived` are as systemd calls them.

    `error` says why it could not be asked, `move` what to do about that.
    """

    name: str
    haproxy: str = ""
    keepalived: str = ""
    carries: bool = False
    pool: tuple[Pooled, ...] = ()
    error: str = ""
    move: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """All balancers of a site."""

    vip: str
    machines: tuple[Machine, ...]

    @property
    def active(self) -> Machine | None:
        """The machine that carries the virtual IP; None unless it is just one."""
        carriers = [machine for machine in self.machines if machine.carries]
        return carriers[0] if len(carriers) == 1 else None

    def problems(self) -> tuple[str, ...]:
        """Return what is not as it should be, a sentence each; nothing when all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterable[str]:
        for machine in self.machines:
            if machine.error:
                yield f"{machine.name}: {machine.error}"
                continue
            if machine.haproxy != "active":
                yield f"{machine.name}: haproxy is {machine.haproxy or 'not known'}"
            if self.vip and machine.keepalived != "active":
                yield f"{machine.name}: keepalived is {machine.keepalived or 'not known'}"
            yield from _pool_problems(machine)
        carriers = [machine.name for machine in self.machines if machine.carries]
        if self.vip and not carriers:
            yield f"nobody carries {self.vip}"
        if len(carriers) > 1:
            yield f"{' and '.join(carriers)} carry {self.vip} at once"

    def record(self) -> dict[str, Any]:
        """Return all of this as plain data for JSON."""
        return {
            "vip": self.vip,
            "machines": [asdict(machine) for machine in self.machines],
            "problems": self.problems(),
        }

    def lines(self) -> Iterable[str]:
        """Yield this for people."""
        if self.vip:
            yield f"virtual IP {self.vip}: {f'carried by {self.active.name}' if self.active else 'not carried by one'}"
        for machine in self.machines:
            yield ""
            yield f"{machine.name}: {machine.error or self._units(machine)}"
            if machine.move:
                yield f"  -> {machine.move}"
            for each in machine.pool:
                words = f"{each.backend:<16} {each.server:<16} {each.status:<6} {each.check:<8}"
                yield f"  {words} {each.sessions:>4} sessions"

    def _units(self, machine: Machine) -> str:
        keepalived = f", keepalived {machine.keepalived or 'unknown'}" if self.vip else ""
        return f"haproxy {machine.haproxy or 'unknown'}{keepalived}"


def _pool_problems(machine: Machine) -> Iterable[str]:
    for backend in dict.fromkeys(each.backend for each in machine.pool):
        members = [each for each in machine.pool if each.backend == backend]
        down = [each.server for each in members if not each.status.startswith("UP")]
        if len(down) == len(members):
            yield f"{machine.name}: nobody is up in {backend}"
        elif down and backend in WATCHED:
            yield f"{machine.name}: {', '.join(down)} not up in {backend}"


async def look(spec: Spec, hosts: Callable[[str], Host]) -> Status:
    """Ask every balancer of a spec, all at once; one that can't be asked is kept with its error."""
    vip = (spec.balancer and spec.balancer.vip) or ""

    async def ask(name: str) -> Machine:
        try:
            return await _machine(hosts(name), vip)
        except HostError as error:
            return Machine(name, error=error.what, move=error.hint)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(machine.name)) for machine in spec.front]
    return Status(vip, tuple(task.result() for task in tasks))


async def _machine(host: Host, vip: str) -> Machine:
    here = dict(line.partition("=")[::2] for line in (await host.run(HERE, vip or "0.0.0.0/32", timeout_s=30)).lines)
    pool = await host.run(POOL, "show", SOCKET, DRAINED, timeout_s=30, check=False)
    return Machine(
        host.name,
        haproxy=here.get("haproxy", ""),
        keepalived=here.get("keepalived", ""),
        carries=bool(vip) and here.get("carries") == "yes",
        pool=tuple(_pooled(line.removeprefix("show=")) for line in pool.lines if line.startswith("show=")),
    )


def _pooled(line: str) -> Pooled:
    backend, server, status, check, sessions = (*line.split(), "", "", "", "", "")[:5]
    return Pooled(backend, server, status, check, int(sessions) if sessions.isdecimal() else 0)
