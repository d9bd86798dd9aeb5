"""The operator's own ssh config as a source of nodes: with the files it includes, and nothing tried unasked."""

import glob
import re
from pathlib import Path

from wizard.design.nodes.kinds import SSH_CONFIG, kind_of
from wizard.design.nodes.understand import understand

FOLDER = Path("~/.ssh")
DEPTH = 4
FILES_AT_MOST = 64
SIZE_LIMIT = 1 << 20
"""Bytes of one file that is included."""
_INCLUDE = re.compile(r"\s*include(?:\s+|\s*=\s*)(.*?)\s*", re.IGNORECASE)


def opened(text: str, path: Path) -> str:
    """Take what a file of nodes holds; return it as the list to work on.

    An ssh config gets what it includes. The operator's own one names hosts of all kinds: they are listed one a line,
    each commented out, so that nobody is logged in to before the operator has picked the nodes.
    """
    if kind_of(text.split("\n"))[0] != SSH_CONFIG:
        return text
    whole = _with_included(text, DEPTH, [FILES_AT_MOST])
    own = path.expanduser().resolve().is_relative_to(FOLDER.expanduser().resolve())
    return _to_pick(whole, path) if own else whole


def _to_pick(text: str, path: Path) -> str:
    hosts = [f"# {entry.text}" for entry in understand(text).entries]
    return "\n".join((f"# Hosts of {path}: remove the # before those that are to be nodes.", *hosts, ""))


def _with_included(text: str, depth: int, left: list[int]) -> str:
    """Return a config with its `Include` lines replaced by what they name; one that names nothing readable stays."""
    found: list[str] = []
    for line in text.split("\n"):
        include = _INCLUDE.fullmatch(line)
        parts = [_read(file, depth, left) for file in _files(include[1])] if include and depth else []
        found += [part for part in parts if part is not None] or [line]
    return "\n".join(found)


def _files(patterns: str) -> list[Path]:
    # As ssh does it: relative paths are those of ~/.ssh, whichever file they stand in.
    found: list[Path] = []
    for pattern in patterns.replace('"', "").split():
        try:
            place = FOLDER.expanduser() / Path(pattern).expanduser()
            found += map(Path, sorted(glob.glob(str(place))))  # noqa: PTH207 - pathlib takes no full path here
        except (OSError, RuntimeError, ValueError):
            continue
    return found


def _read(file: Path, depth: int, left: list[int]) -> str | None:
    left[0] -= 1
    try:
        if left[0] < 0 or not file.is_file() or file.stat().st_size > SIZE_LIMIT:
            return None
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    return _with_included(text, depth - 1, left)
