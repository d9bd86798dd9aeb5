"""The engine as a process of its own, which outlives the terminal that started it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wizard.errors import WizardError
from wizard.files import write_private
from wizard.secret import Secret

REQUEST = "request.json"
SPEC = "cluster.yaml"
PLAN = "plan.json"
ENGINE_LOG = "engine.log"
JOURNAL = "journal.jsonl"


def new_run(state: Path, request: Mapping[str, object], spec_text: bytes) -> Path:
    """Make the folder of a new rollout in `state`: its spec as it is now, and what is asked of the engine."""
    folder = _new_folder(state)
    write_private(folder / SPEC, spec_text)
    write_private(folder / REQUEST, json.dumps(dict(request)).encode())
    return folder


def _new_folder(state: Path) -> Path:
    while True:
        folder = state / "rollouts" / _next_name([path.name for path in runs(state)])
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            continue  # another apply was as quick; the lock decides between the two
        return folder


def _next_name(taken: list[str]) -> str:
    """The time of day, yet always after the last one's name: clocks are set back, and summer time ends."""
    name = time.strftime("%Y%m%d-%H%M%S")
    if not taken or name > taken[-1]:
        return name
    base, _, number = taken[-1].partition("+")
    return f"{base}+{int(number or 1) + 1:03}"


def runs(state: Path) -> list[Path]:
    """Return the rollouts kept in `state`, oldest first."""
    folder = state / "rollouts"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def start_engine(
    run_dir: Path,
    secrets: Mapping[str, Secret | None],
    *,
    without: Iterable[str] = (),
    prefix: Sequence[str] = (),
) -> int:
    """Start the engine of `run_dir` in its own session; return its pid.

    `secrets` reach it on its stdin, the environment variables named in `without` do not reach it at all;
    `prefix` is what keeps it alive past a logout (see logout.py).
    """
    command = [*prefix, sys.executable, "-m", "wizard.cli.main", "engine", str(run_dir)]
    hidden = set(without)
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    given = json.dumps({name: secret.reveal() for name, secret in secrets.items() if secret})
    with (run_dir / ENGINE_LOG).open("ab") as log:
        os.fchmod(log.fileno(), 0o600)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    assert process.stdin is not None  # noqa: S101 - it was asked for
    with process.stdin:
        process.stdin.write(given.encode())
    return process.pid


def read_secrets() -> dict[str, Secret]:
    """Return what start_engine wrote on our stdin.

    Raises WizardError when the engine was started in another way.
    """
    try:
        return {str(name): Secret(str(value)) for name, value in json.loads(sys.stdin.read() or "{}").items()}
    except (ValueError, AttributeError) as error:
        raise WizardError("the engine is started by apply", hint="rancher-wizard apply cluster.yaml") from error
