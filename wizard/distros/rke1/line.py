"""One line of rke's log: its level and its message, whichever way logrus wrote it."""

import re
from dataclasses import dataclass

from wizard.plain import plain

LONGEST = 8192
"""What is read of one line: container output inside of errors may be of any length."""
# Without a terminal: time="…" level=info msg="…"; on one: INFO[0001] …. Source: logrus, text_formatter.go.
_FIELDS = re.compile(r'^time="[^"]*" level=(?P<level>\w+) msg=(?P<text>.*)$')
_BRIEF = re.compile(r"^(?P<level>[A-Z]{4})\[\d+\] (?P<text>.*)$")
_BRIEF_LEVELS = {"DEBU": "debug", "INFO": "info", "WARN": "warning", "ERRO": "error", "FATA": "fatal", "PANI": "panic"}
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": " ", "t": " ", "r": " "}


@dataclass(frozen=True, slots=True)
class Line:
    """`level` is "" for what is no line of logrus, such as a panic of Go."""

    level: str
    message: str

    @property
    def calm(self) -> bool:
        """Whether it tells of no trouble."""
        return self.level in ("info", "debug", "trace")


def read_line(raw: str) -> Line:
    """Return a line without what could write on a terminal; whatever it is, nothing is raised."""
    text = plain(raw[:LONGEST])
    if found := _FIELDS.match(text):
        return Line(found["level"], _unquoted(found["text"]))
    if found := _BRIEF.match(text):
        return Line(_BRIEF_LEVELS.get(found["level"], ""), found["text"].rstrip())
    return Line("", text)


def _unquoted(text: str) -> str:
    """Take a value as logrus quotes it (Go's %q): bare, or in quotes with what is special behind a backslash."""
    if not text.startswith('"'):
        return text
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), inner)
