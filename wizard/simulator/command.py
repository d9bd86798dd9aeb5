"""Reads the command line of an exec request: one of the product's scripts by name, or nothing that is answered."""

import re
import shlex
from dataclasses import dataclass
from functools import lru_cache

_SUDO = (("sudo", "-n", "--"), ("sudo", "-n"))
_NAME = re.compile(r"rw:([a-z][a-z0-9_]*)")
_SETTING = re.compile(r"[A-Z_][A-Z0-9_]*=.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A script call: its name, its text and its arguments."""

    name: str
    text: str
    args: tuple[str, ...]


# The probe of a thousand nodes is a thousand times the same text, and reading 8 kB of it takes milliseconds.
@lru_cache(maxsize=256)
def read_command(line: str) -> Command | None:
    """Take what the client wants run; return the script call in it, None when it is anything else."""
    try:
        words = tuple(shlex.split(line))
    except ValueError:
        return None
    words = _without_prefix(words)
    if words == ("true",):
        return Command("true", "", ())
    if len(words) < 4 or words[:2] != ("sh", "-c"):
        return None
    name = _NAME.fullmatch(words[3])
    return Command(name[1], words[2], words[4:]) if name else None


def _without_prefix(words: tuple[str, ...]) -> tuple[str, ...]:
    for prefix in _SUDO:
        if words[: len(prefix)] == prefix:
            words = words[len(prefix) :]
            break
    if words[:1] == ("env",):
        words = words[1:]
        while words and _SETTING.fullmatch(words[0]):
            words = words[1:]
    return words
