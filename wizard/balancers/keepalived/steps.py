"""keepalived's steps on one machine of a pair: install it, configure it, see the virtual IP carried by just one."""

import asyncio
from dataclasses import dataclass

from wizard.balancers.haproxy.install import elsewhere
from wizard.balancers.job import run_told
from wizard.balancers.keepalived.config import CHECK, CONF, USER
from wizard.balancers.keepalived.pair import PASSWORD, Pair, new_password
from wizard.balancers.keepalived.scripts import CONF as PUT
from wizard.balancers.keepalived.scripts import HERE, NAME, PACKAGE
from wizard.bundle.packages.onto_node import lot
from wizard.errors import HostError, StepFailed
from wizard.hosts.facts import probe
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.secret import MASK, Secret
from wizard.site import sha256

JOB = "rancher-wizard-keepalived"
AGAIN_S = 0.5
BOTH_AT_MOST = 6
"""So many looks in a row may find both machines with the address, as one lets go of it."""


@dataclass(frozen=True, slots=True)
class InstallKeepalived(Fileless):
    """Settled where keepalived is installed."""

    pair: Pair
    key: str = "keepalived-package"
    title: str = "Install keepalived"
    timeout_s: float = 900.0
    expected_s: float = 15.0

    def settled(self, node: str, survey: Survey) -> bool:
        state = self.pair.state(node)
        return bool(state and state.version)

    async def carry_out(self, work: Work) -> Outcome:
        site, facts = self.pair.site, await probe(work.host)
        source = lot(site.spec.source, site.base, facts, (NAME,), called=NAME)
        if source:
            await source.send(work.host, told=lambda text: work.tell(20, text))
        args = (NAME, "apply", *(source.words if source else ()), NAME)
        status, last = await run_told(work, JOB, PACKAGE, *args, timeout_s=self.timeout_s - 10)
        if status != 0:
            raise StepFailed(
                work.node,
                f"keepalived can not be installed: {(last or ['no word'])[-1]}",
                cause=f"The package manager finds no such package, or no mirror answers.{elsewhere(facts)}",
                hint=f"Install keepalived on {work.node} by hand, or mend its package sources; then retry.",
            )
        return "done"


@dataclass(frozen=True, slots=True)
class ConfigureKeepalived:
    """Settled when file and check script are ours to the letter, and the unit runs and is enabled."""

    pair: Pair
    key: str = "keepalived-conf"
    title: str = "Configure keepalived"
    timeout_s: float = 120.0
    expected_s: float = 2.0

    def files(self, node: str) -> tuple[File, ...]:
        known = self.pair.site.vault.get(PASSWORD)
        shown = self.pair.text(node, password=MASK)
        real = self.pair.text(node, password=known.reveal()) if known else None
        conf = shown or f"{self.pair.first_line}\n# The rest is known when this machine has been looked at.\n"
        check = self.pair.check_text
        return (
            File(CHECK, check, mode=0o755, sha256=sha256(check)),
            File(CONF, conf, mode=0o600, sha256=sha256(real) if real else ""),
        )

    def settled(self, node: str, survey: Survey) -> bool:
        facts, state = survey.facts.get(node), self.pair.state(node)
        return bool(
            facts
            and state
            and all(file.in_place(facts) for file in self.files(node))
            and (state.active, state.enabled) == ("active", "enabled")
        )

    async def carry_out(self, work: Work) -> Outcome:
        password = self.pair.site.vault.ensure(PASSWORD, new_password)
        text = self.pair.text(work.node, password=password.reveal())
        if text is None:
            raise self.pair.missing_link(work.node)
        args = (NAME, "apply", CONF, CHECK, USER, self.pair.first_line, self.pair.check_text.rstrip("\n"))
        result = await work.host.run(PUT, *args, stdin=Secret(text), timeout_s=110)
        if refused := [line.removeprefix("foreign=") for line in result.lines if line.startswith("foreign=")]:
            raise self._foreign(work.node, refused[0])
        if wrong := [line.removeprefix("invalid=") for line in result.lines if line.startswith("invalid=")]:
            raise StepFailed(
                work.node,
                f"keepalived refuses the configuration: {'; '.join(wrong)}",
                hint="Nothing was changed. Is balancer.interface right, and the vip of its network? Then retry.",
            )
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"

    def _foreign(self, node: str, what: str) -> StepFailed:
        return StepFailed(
            node,
            f"somebody else's configuration is there: {what}",
            cause="keepalived on this machine belongs to another cluster, or was set up by hand.",
            hint=f"Use another machine, or move the file away (and with it what it carries) on {node}; then retry.",
        )


@dataclass(frozen=True, slots=True)
class Carried(Fileless):
    """Settled when the facts show the virtual IP on just one machine of the pair."""

    pair: Pair
    key: str = "vip-carried"
    title: str = "See the virtual IP carried by one"
    timeout_s: float = 90.0
    expected_s: float = 6.0

    def settled(self, node: str, survey: Survey) -> bool:
        states = [self.pair.state(machine.name) for machine in self.pair.machines]
        return node in survey.facts and sum(bool(state and state.carries(self.pair.vip)) for state in states) == 1

    async def carry_out(self, work: Work) -> Outcome:
        both, carriers = 0, list[str]()
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while True:
                    carriers = await self._carriers(work)
                    if len(carriers) == 1:
                        work.said(f"{carriers[0]} carries {self.pair.vip}")
                        return "unchanged"
                    both = both + 1 if len(carriers) > 1 else 0
                    if both >= BOTH_AT_MOST:
                        raise self._split(work.node, carriers)
                    work.tell(50, "no machine carries it yet" if not carriers else "two machines carry it")
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"nobody carries {self.pair.vip} after {self.timeout_s - 10:.0f} s",
                cause=f"haproxy does not answer on its statistics port, or {CHECK} can not be run.",
                hint=f"On {work.node}: systemctl status haproxy; journalctl -u keepalived; then retry.",
            ) from None

    async def _carriers(self, work: Work) -> list[str]:
        found = []
        for machine in self.pair.machines:
            host = work.host if machine.name == work.node else work.at(machine.name)
            try:
                result = await host.run(HERE, self.pair.vip, timeout_s=20)
            except HostError:
                if machine.name == work.node:
                    raise
                continue  # its own turn tells what is wrong with it
            if "carries=yes" in result.lines:
                found.append(machine.name)
        return found

    def _split(self, node: str, carriers: list[str]) -> StepFailed:
        return StepFailed(
            node,
            f"{' and '.join(carriers)} carry {self.pair.vip} at once",
            cause="They do not hear each other's VRRP: a firewall drops IP protocol 112 between them.",
            hint="Let IP protocol 112 (VRRP) pass between the two machines, both ways; then retry.",
        )


def steps(pair: Pair) -> tuple[ConfigureKeepalived | InstallKeepalived | Carried, ...]:
    """Return what brings the virtual IP up on a machine, after haproxy is up there."""
    return (InstallKeepalived(pair), ConfigureKeepalived(pair), Carried(pair))
