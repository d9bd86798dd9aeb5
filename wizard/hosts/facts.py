"""What a host is: gathered by one probe in one channel, read without ever failing, whatever the host prints."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from wizard.hosts.runner import Runner
from wizard.hosts.script import Script, own_script

PROBE = own_script("probe")
PROBE_S = 90
SILENT_S = 25
"""The first line comes at once, or the host runs no commands at all."""
LINES_AT_MOST = 20_000
VALUE_AT_MOST = 4000

T = TypeVar("T")
_NUMBER = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,12})?")
_MODE = re.compile(r"[0-7]{1,5}")


@dataclass(frozen=True, slots=True)
class Mount:
    """A local file system and where it is mounted."""

    path: str
    fstype: str
    size_mib: int
    free_mib: int
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listener:
    """A port somebody listens on; `owner` is the process's name, "" when unknown."""

    proto: str
    port: int
    owner: str


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file that is there; `sha256` is "" for what is no regular file, `owner` is user:group."""

    sha256: str
    mode: int
    owner: str
    mtime_s: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One host as its probe saw it; "" and 0 stand for what it did not tell."""

    hostname: str = ""
    machine_id: str = ""
    boot_id: str = ""
    os_id: str = ""
    os_version: str = ""
    os_name: str = ""
    kernel: str = ""
    arch: str = ""
    cpus: int = 0
    memory_mib: int = 0
    swap_mib: int = 0
    cgroup: str = ""
    """v1 or v2."""
    clock_s: float = 0.0
    """Its clock in seconds since 1970, at the probe's start."""
    clock_ahead_s: float = 0.0
    """How far its clock was ahead of this machine's when that line came here; the way here makes it a little less."""
    uptime_s: float = 0.0
    selinux: str = ""
    """enforcing, permissive or disabled."""
    addresses: tuple[str, ...] = ()
    """Global addresses without their prefix."""
    default_route: str = ""
    """`GATEWAY DEVICE` of the first one."""
    mounts: tuple[Mount, ...] = ()
    modules: frozenset[str] = frozenset()
    """Modules loaded or built in, and file systems, with `_` for `-`."""
    sysctls: dict[str, str] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(active, enabled) by name; a service without `.service`."""
    listeners: tuple[Listener, ...] = ()
    files: dict[str, FileFact] = field(default_factory=dict)
    """Those asked for that are there, by path."""
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Every other key, such as the distribution's `x.…`, with all its values."""

    def first(self, key: str) -> str:
        """Return the first value of a key in `lists`, "" when there is none."""
        return next(iter(self.lists.get(key, ())), "").strip()

    def mount_of(self, path: str) -> Mount | None:
        """Return the file system that `path` is, or would be, on."""
        holding = [mount for mount in self.mounts if f"{path}/".startswith(mount.path.rstrip("/") + "/")]
        return max(holding, key=lambda mount: len(mount.path), default=None)


async def probe(host: Runner, *, files: Sequence[str] = (), extra: Sequence[Script] = ()) -> Facts:
    """Gather the facts of a host in one channel; `extra` are fragments that print more keys.

    Raises what Host.run raises.
    """
    came: list[float] = []

    def note(line: str) -> None:
        if line.startswith("clock_s=") and not came:
            came.append(time.time())

    result = await host.run(_joined(extra), *files, timeout_s=PROBE_S, on_line=note, silent_s=SILENT_S)
    facts = read_facts(result.lines)
    return replace(facts, clock_ahead_s=facts.clock_s - came[0]) if came and facts.clock_s else facts


def read_facts(lines: Iterable[str]) -> Facts:
    """Return the facts in a probe's lines, `key=value` each; takes any text and never raises."""
    found: dict[str, list[str]] = {}
    for _, line in zip(range(LINES_AT_MOST), lines, strict=False):
        key, equals, value = line.partition("=")
        if equals and len(key) <= 100:
            found.setdefault(key, []).append(value[:VALUE_AT_MOST])

    def text(key: str) -> str:
        return found.pop(key, [""])[0].strip()

    def number(key: str) -> int:
        return _number(text(key))

    return Facts(
        hostname=text("hostname"),
        machine_id=text("machine_id"),
        boot_id=text("boot_id"),
        os_id=text("os_id"),
        os_version=text("os_version"),
        os_name=text("os_name"),
        kernel=text("kernel"),
        arch=text("arch"),
        cpus=number("cpus"),
        memory_mib=number("memory_mib"),
        swap_mib=number("swap_mib"),
        cgroup=text("cgroup"),
        clock_s=_decimal(text("clock_s")),
        uptime_s=_decimal(text("uptime_s")),
        selinux=text("selinux"),
        addresses=tuple(value.split(" ", 1)[0] for value in found.pop("address", ())),
        default_route=text("default_route"),
        mounts=_read(_mount, found.pop("mount", ())),
        modules=frozenset(value.strip() for value in found.pop("module", ())),
        sysctls=dict(_read(_sysctl, found.pop("sysctl", ()))),
        units=dict(_read(_unit, found.pop("unit", ()))),
        listeners=_read(_listener, found.pop("listener", ())),
        files=dict(_read(_file, found.pop("file", ()))),
        lists={key: tuple(values) for key, values in found.items()},
    )


def _joined(extra: Sequence[Script]) -> Script:
    # A fragment may exit or fail as it likes: only its own lines are missing then.
    fragments = "".join(f"(\nset +eu\n{script.text}\n)\n" for script in extra)
    return Script(PROBE.name, f"{PROBE.text}\n{fragments}true\n")


def _read(parse: Callable[[list[str]], T | None], values: Iterable[str]) -> tuple[T, ...]:
    parsed = (parse(value.split(" ")) for value in values)
    return tuple(each for each in parsed if each is not None)


def _mount(words: list[str]) -> Mount | None:
    if len(words) < 5:
        return None
    fstype, size, free, options, *path = words
    return Mount(" ".join(path), fstype, _number(size), _number(free), tuple(options.split(",")))


def _sysctl(words: list[str]) -> tuple[str, str] | None:
    return (words[0], " ".join(words[1:]).strip()) if len(words) > 1 else None


def _unit(words: list[str]) -> tuple[str, tuple[str, str]] | None:
    if len(words) != 3:
        return None
    name, active, enabled = words
    return name.removesuffix(".service"), (active, "" if enabled == "-" else enabled)


def _listener(words: list[str]) -> Listener | None:
    if len(words) < 3 or not _number(words[1]):
        return None
    owner = " ".join(words[2:])
    return Listener(words[0], _number(words[1]), "" if owner == "-" else owner)


def _file(words: list[str]) -> tuple[str, FileFact] | None:
    if len(words) < 5 or not _MODE.fullmatch(words[1]):
        return None
    digest, mode, owner, mtime, *path = words
    return " ".join(path), FileFact("" if digest == "-" else digest, int(mode, 8), owner, _number(mtime))


def _number(text: str) -> int:
    # Bounded before int(): it raises on thousands of digits, and \d means more digits than ours.
    return int(text) if _NUMBER.fullmatch(text) else 0


def _decimal(text: str) -> float:
    return float(text) if _DECIMAL.fullmatch(text) else 0.0
