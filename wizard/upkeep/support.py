"""A file for whoever is to help: logs and facts of every node and of the rollouts here, without a secret in it."""

import asyncio
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import HostError, WizardError
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.rollout.process import runs
from wizard.site import state_path
from wizard.upkeep.redact import Redaction

FACTS = load_script(Path(__file__).parent, "support_facts")
AT_ONCE = 16
SCRIPT_S = 300.0
RUNS = 3
"""So many rollouts back."""
LARGEST = 16 * 1024 * 1024
"""Bytes of one file that are taken: its end, as that is where it went wrong."""


@dataclass(frozen=True, slots=True)
class Supported:
    """What was gathered: files with their sizes in bytes, who could not be asked, and how much was masked."""

    path: Path
    files: tuple[tuple[str, int], ...]
    silent: tuple[str, ...]
    masked: int


async def support(
    cluster: str,
    machines: Sequence[str],
    hosts: Callable[[str], Host],
    *,
    secrets: Sequence[str],
    path: Path,
    lines: int,
    tell: Callable[[str], None],
) -> Supported:
    """Gather logs and facts of `machines` and of the cluster's rollouts into a .tar.gz at `path` (0600).

    `secrets` are taken out by their values, `lines` is how much of each log is taken. Raises WizardError when the file
    can't be written; a machine that can't be asked is told with what it said.
    """
    redaction = Redaction(secrets)
    found: dict[str, str] = {}
    silent: list[str] = []
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(name: str) -> None:
        async with slots:
            try:
                said = await hosts(name).run(FACTS, str(lines), timeout_s=SCRIPT_S, check=False)
            except HostError as error:
                silent.append(name)
                tell(error.message)
                if error.hint:
                    tell(f"  -> {error.hint}")
                return
        found[f"nodes/{name}.txt"] = "\n".join((*said.lines, *said.errors))
        tell(f"{name}: {len(said.lines)} lines")

    async with asyncio.TaskGroup() as group:
        for name in machines:
            group.create_task(ask(name))
    found.update(await asyncio.to_thread(lambda: dict(_here(cluster))))
    clean = {name: redaction.of(text).encode(errors="replace") for name, text in sorted(found.items())}
    await asyncio.to_thread(_write, path, clean)
    sizes = tuple((name, len(data)) for name, data in clean.items())
    return Supported(path, sizes, tuple(sorted(silent)), redaction.count)


def _here(cluster: str) -> Iterator[tuple[str, str]]:
    """What the latest rollouts left on this machine."""
    for run in runs(state_path(cluster))[-RUNS:]:
        for file in sorted(each for each in run.rglob("*") if each.is_file() and not each.is_symlink()):
            yield f"rollouts/{run.name}/{file.relative_to(run)}", _tail(file)
    # What `rke` printed, run by run.
    logs = sorted((state_path(cluster) / "rke1" / "runs").glob("*/rke.log"))
    yield from ((f"rke/{log.parent.name}.log", _tail(log)) for log in logs[-RUNS:])


def _tail(file: Path) -> str:
    with file.open("rb") as data:
        data.seek(max(0, file.stat().st_size - LARGEST))
        return data.read(LARGEST).decode(errors="replace")


def _write(path: Path, files: dict[str, bytes]) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz") as tar:
                for name, data in files.items():
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode, entry.mtime = len(data), 0o600, int(time.time())
                    tar.addfile(entry, io.BytesIO(data))
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise WizardError(f"{path} can't be written: {error.strerror}", hint="Name another file with -o.") from error
