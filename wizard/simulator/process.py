"""The simulated site in a process of its own, which ends when the one that started it does."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import WizardError
from wizard.simulator.fault import Faults
from wizard.simulator.layout import Layout

LOG = "simulator.log"
END_S = 10


@dataclass(frozen=True, slots=True)
class Simulation:
    """A site that runs; `spec` is the cluster.yaml that describes it."""

    spec: Path
    _process: subprocess.Popen[bytes]

    def close(self) -> None:
        """End the site; may be called again."""
        _end(self._process)


def start(
    folder: Path,
    *,
    nodes: int,
    servers: int = 3,
    balancers: bool = False,
    speed: float = 1.0,
    seed: int = 1,
    fail: Mapping[str, str],
) -> Simulation:
    """Start a simulated site and return it once every node answers.

    `folder` gets its cluster.yaml, known_hosts and id_ed25519; `balancers` stand in front; `speed` divides every
    duration; `seed` chooses machines and times; `fail` maps a node to the key of the step that fails there once. Raises
    BadUsage for a node or step that is not there, WizardError when the site does not come up.
    """
    Faults.of(fail, _names(Layout.of(nodes, servers, balancers=balancers)))
    options = {
        "nodes": nodes,
        "servers": servers,
        "balancers": balancers,
        "speed": speed,
        "seed": seed,
        "fail": json.dumps(dict(fail)),
    }
    command = [sys.executable, "-m", "wizard.simulator", str(folder.resolve())]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = _begun(command, folder / LOG)
    assert process.stdout is not None  # noqa: S101 - it was asked for
    line = process.stdout.readline()
    if not line:
        _end(process)
        said = (folder / LOG).read_text(errors="replace").strip().splitlines()
        raise WizardError(
            f"the simulated site did not come up: {said[-1] if said else 'it said nothing'}",
            hint=f"Look into {folder / LOG}; are addresses 127.71.0.0/16 free to listen on?",
        )
    return Simulation(Path(json.loads(line)["spec"]), process)


def _begun(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            # Ctrl-C is for the demo: the site must outlast the rollout that it interrupts.
            start_new_session=True,
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path)},
        )


def _names(layout: Layout) -> list[str]:
    return [place.name for place in (*layout.places, *layout.front)]


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
