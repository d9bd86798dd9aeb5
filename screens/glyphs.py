"""The signs beside the words: Unicode where the terminal has it, ASCII where it has not."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from wizard.plain import plain
from wizard.rollout.whereabouts import NodeState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs; each stands beside a word and never carries a meaning alone."""

    states: Mapping[NodeState, str]
    cursor: str
    full: str
    empty: str
    ellipsis: str
    then: str
    ascii: bool = False

    def text(self, line: str) -> str:
        """Return a remote `line` as this terminal can show it: no control characters, and ASCII where need be."""
        line = plain(line)
        return line.encode("ascii", "replace").decode() if self.ascii else line

    def lines(self, text: str) -> str:
        """Return a `text` of several lines as this terminal can show it."""
        return "\n".join(self.text(line) for line in text.splitlines())


UNICODE = Glyphs(
    states={
        "waiting": "·",
        "running": "▶",
        "unreachable": "?",
        "done": "✓",
        "unchanged": "=",
        "failed": "✗",
        "skipped": "–",
        "interrupted": "!",
    },
    cursor="▌",
    full="█",
    empty="░",
    ellipsis="…",
    then="›",
)
ASCII = Glyphs(
    states={
        "waiting": ".",
        "running": "*",
        "unreachable": "?",
        "done": "+",
        "unchanged": "=",
        "failed": "X",
        "skipped": "-",
        "interrupted": "!",
    },
    cursor=">",
    full="#",
    empty="-",
    ellipsis="...",
    then=">",
    ascii=True,
)


def choose(environ: Mapping[str, str] = os.environ, *, encoding: str | None = None) -> Glyphs:
    """Return the set for this terminal; `encoding` is that of standard output unless given."""
    encoding = encoding or getattr(sys.__stdout__, "encoding", None) or "ascii"
    # Python takes UTF-8 there whatever is said; who says so by hand means a terminal without it.
    if environ.get("LC_ALL") in ("C", "POSIX"):
        return ASCII
    # The Linux console's font holds 256 signs; ticks and triangles are not among them.
    if environ.get("TERM") == "linux" or not encoding.lower().replace("-", "").startswith("utf8"):
        return ASCII
    return UNICODE
