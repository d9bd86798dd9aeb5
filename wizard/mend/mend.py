"""A mend: one script that shows what it would do, does it and keeps what was, and takes it back."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from wizard.errors import CommandFailed
from wizard.hosts.host import Host
from wizard.hosts.jobs import run_job
from wizard.hosts.script import Script, load_script

ROOM = Path(__file__).parent
QUICK_S = 120
SLOW_S = 1800
"""A package manager waits for mirrors."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file's text before and after, as lines; no lines before: there was no such file."""

    path: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def difference(self) -> tuple[str, ...]:
        """Return the change as the lines of a unified diff."""
        lines = difflib.unified_diff(self.before, self.after, self.path, self.path, n=1, lineterm="")
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class Doing:
    """What a mend does, or would do, on one host, in order; nothing at all where the host is as it should be."""

    commands: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """True where there is nothing to do."""
        return not self.commands and not self.changes

    def lines(self) -> Iterator[str]:
        """Yield this for people: each file's difference, then each command."""
        for change in self.changes:
            yield from change.difference() or (f"put back {change.path}",)
        yield from (f"# {command}" for command in self.commands)
        yield from self.remarks


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing that can be mended; `id` is what findings name it by.

    `slow` ones install packages, and run as a job of the host's own, which a dropped link does not end: the first
    `installs_first` of their arguments are packages (None: all).
    """

    id: str
    title: str
    slow: bool = False
    installs_first: int | None = None

    def installs(self, args: Sequence[str]) -> tuple[str, ...]:
        """Return the packages that it may install when it is given `args`; nothing for one that installs none."""
        return tuple(args[: self.installs_first]) if self.slow else ()

    def script(self) -> Script:
        """Return what runs on the host; its first arguments are `id` and look, apply or undo."""
        own = f"mend_{self.id}"
        parts = ("keep", "install", own) if self.slow else ("keep", own)
        return Script(f"mend_{self.id}", "\n".join(load_script(ROOM, part).text for part in parts))


MENDS: Mapping[str, Mend] = MappingProxyType(
    {
        mend.id: mend
        for mend in (
            Mend("cloud_setup", "Turn nm-cloud-setup off"),
            Mend("firewall", "Open the cluster's ports in the firewall"),
            Mend("modules", "Load kernel modules, at boot too"),
            Mend("network_manager", "Keep NetworkManager off pod interfaces"),
            Mend("packages", "Install packages", slow=True),
            Mend("swap", "Turn swap off, at boot too"),
            Mend("sysctls", "Set kernel parameters, at boot too"),
            Mend("time", "Keep the clock in time", slow=True, installs_first=1),
        )
    }
)


async def look(host: Host, mend: Mend, args: Iterable[str]) -> Doing:
    """Return what `mend` would do on a host; changes nothing. Raises what Host.run raises."""
    result = await host.run(mend.script(), mend.id, "look", *args, timeout_s=QUICK_S)
    return read(result.lines)


async def carry_out(host: Host, mend: Mend, args: Iterable[str]) -> Doing:
    """Bring `mend` about on a host and return what was done; may be repeated.

    What was before is kept on the host until it is taken back. Raises what Host.run raises, CommandFailed when it
    was not brought about (what was done by then can be taken back).
    """
    return await _run(host, mend, "apply", *args)


async def take_back(host: Host, mend: Mend) -> Doing:
    """Undo `mend` on a host and return what was done; nothing where it was not mended, or is taken back already.

    Raises CommandFailed, with nothing touched, where a file was changed by somebody else since.
    """
    return await _run(host, mend, "undo")


async def _run(host: Host, mend: Mend, *args: str) -> Doing:
    script = mend.script()
    if not mend.slow:
        return read((await host.run(script, mend.id, *args, timeout_s=QUICK_S)).lines)
    lines: list[str] = []
    status = await run_job(host, "rancher-wizard-mend", script, mend.id, *args, timeout_s=SLOW_S, on_line=lines.append)
    if status != 0:
        last = next((line for line in reversed(lines) if line.strip()), "no word")
        raise CommandFailed(host.name, f"{script.name}: exit {status}: {last}", exit_status=status)
    return read(lines)


@dataclass(slots=True)
class _File:
    path: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def read(lines: Iterable[str]) -> Doing:
    """Return what a mend's script told; lines of the commands it ran are passed over."""
    commands: list[str] = []
    files: list[_File] = []
    remarks: list[str] = []
    for line in lines:
        key, equals, value = line.partition("=")
        match key if equals else "":
            case "run":
                commands.append(value)
            case "file":
                files.append(_File(value))
            case "old" if files:
                files[-1].before.append(value)
            case "new" if files:
                files[-1].after.append(value)
            case "say":
                remarks.append(value)
            case _:
                pass
    changes = tuple(Change(each.path, tuple(each.before), tuple(each.after)) for each in files)
    return Doing(tuple(commands), changes, tuple(remarks))
