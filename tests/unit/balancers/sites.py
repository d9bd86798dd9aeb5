"""A site with a balancer, and hosts that answer a script by its name; for tests of steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.hosts.facts import read_facts
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.rollout.step import Survey, Work
from wizard.secret import Secret
from wizard.site import Identity, Site
from wizard.spec.models import Spec
from wizard.vault.vault import Vault


def site_of(spec: Spec, folder: Path, facts: Mapping[str, Iterable[str]] | None = None) -> Site:
    """Return the site of a spec, whose hosts printed `facts`."""
    seen = Survey()
    for name, lines in (facts or {}).items():
        seen.learn(name, read_facts(lines))
    return Site(spec, folder, folder, Vault.open(folder), seen, Identity("0123456789abcdef", (spec.first_server.name,)))


@dataclass
class ScriptedHost:
    """Answers each script with its lines, the next ones at each call; the last ones stay."""

    name: str
    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    ran: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    stdin: list[str] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)

    async def run(
        self, script: Script, *args: str, stdin: bytes | Secret | None = None, timeout_s: float, **_: object
    ) -> Result:
        self.ran.append((script.name, args))
        if isinstance(stdin, Secret):
            self.stdin.append(stdin.reveal())
        turns = self.answers[script.name]
        lines = turns.pop(0) if len(turns) > 1 else turns[0]
        return Result(0, tuple(lines))


def work_on(node: str, hosts: Mapping[str, ScriptedHost], said: list[str] | None = None) -> Work:
    """Return what a step is given on `node`."""
    lines = [] if said is None else said
    return Work(node, hosts[node], hosts.__getitem__, lambda percent, doing: None, lines.append)  # type: ignore[arg-type]
