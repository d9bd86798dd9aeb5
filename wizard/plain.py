"""Text from a node, made harmless before anything stores or shows it."""

import re

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b.?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_LIMIT = 4000


def plain(line: str) -> str:
    """Strip from one remote line whatever could write on the operator's terminal.

    Takes one line, with or without its end; returns at most LINE_LIMIT characters without escape
    sequences, control characters or direction overrides, tabs expanded.
    """
    # Progress bars redraw one line: its last state is what counts.
    line = line.rstrip("\r\n").rsplit("\r", 1)[-1]
    clean = _CONTROLS.sub("", _ESCAPES.sub("", line)).expandtabs()
    return clean if len(clean) <= LINE_LIMIT else clean[: LINE_LIMIT - 1] + "…"
