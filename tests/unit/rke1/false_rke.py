"""A program in the place of `rke` for tests without nodes: it prints what it was given, and waits where it is told to.

Its folder has `lines` (one message each; `WAIT name` waits for a file of that name), `state`, and `exit`.
"""

import shutil
import sys
import time
from pathlib import Path

TEXT = """#!{python}
import sys
sys.path[:0] = {path!r}
from tests.unit.rke1.false_rke import main
main({folder!r})
"""


def put(folder: Path, lines: list[str], *, state: bytes, status: int = 0) -> Path:
    """Write the program with what it is to say; return its path."""
    folder.mkdir(exist_ok=True)
    (folder / "lines").write_text("\n".join(lines))
    (folder / "state").write_bytes(state)
    (folder / "exit").write_text(str(status))
    program = folder / "rke"
    program.write_text(TEXT.format(python=sys.executable, path=sys.path, folder=str(folder)))
    program.chmod(0o755)
    return program


def main(folder: str) -> None:
    """Be `rke`."""
    room = Path(folder)
    if sys.argv[1] == "config":
        print("v1.29.14-rancher1-1\nv1.30.14-rancher1-1")
        return
    with (room / "started").open("a") as started:
        started.write(" ".join(sys.argv[1:]) + "\n")
    config = Path(sys.argv[sys.argv.index("--config") + 1])
    shutil.copyfile(room / "state", config.with_suffix(".rkestate"))
    config.with_name(f"kube_config_{config.name}").write_text("apiVersion: v1\nkind: Config\n")
    for line in (room / "lines").read_text().splitlines():
        word, _, name = line.partition(" ")
        if word == "WAIT":
            _wait(room / name)
        else:
            print(line, flush=True)
    sys.exit(int((room / "exit").read_text()))


def _wait(mark: Path) -> None:
    end = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < end:
        time.sleep(0.02)
