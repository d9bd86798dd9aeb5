"""A shell script by its name: what the journal shows and what the simulator answers to."""

import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Script:
    """A POSIX shell text and the name it is known by."""

    name: str
    text: str

    def command(self, *args: str) -> str:
        """Return the command line that runs the text with `args` as its $1, $2, …, quoted for any shell."""
        return shlex.join(["sh", "-c", self.text, f"rw:{self.name}", *args])


@cache
def load_script(package_dir: Path, name: str) -> Script:
    """Return the script kept as `package_dir/scripts/NAME.sh`; OSError when there is none."""
    return Script(name, (package_dir / "scripts" / f"{name}.sh").read_text(encoding="utf-8"))


def own_script(name: str) -> Script:
    """Return one of the wire's own scripts."""
    return load_script(Path(__file__).parent, name)
