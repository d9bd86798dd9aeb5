"""The pieces of a line, and what kind each is."""

import re
from dataclasses import dataclass
from typing import Literal

from wizard.design.nodes.words import field_of, role_of, zone_of
from wizard.spec.address import as_ip

Kind = Literal["place", "word", "role", "zone", "pair", "stray"]

_PIECE = re.compile(r"(?:\[[^\[\]\s]*\]|\{[^{}\s]*\}|\"[^\"]*\"|'[^']*'|[^\s,;])+")
_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//).*|^\s*;.*")
_BULLET = re.compile(r"\s*(?:[-*•+]|[0-9]{1,4}[.)])\s+(?=\S)")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_./-]{0,80})=(.*)", re.DOTALL)
_SPOKEN = re.compile(r"([A-Za-z_]{2,30}):(?![/:]|[0-9]+$)(.+)")
_EQUALS = re.compile(r"(?<=[A-Za-z_])[ \t]*=[ \t]*(?=\S)")
_DASH = re.compile(r"(?<=[0-9])\s+(?:-|to)\s+(?=[0-9]+(?:\.|\s|$))")
# Programs print lists as ["10.0.0.1", "10.0.0.2"].
_LIST = re.compile(r"\[(?=[\"'])|(?<=[\"'])\]")
_SEPARATORS = frozenset(("-", "->", "=>", "|", ":", "&", "and", "[", "]", "(", ")", "{", "}"))
_NUMERIC = re.compile(r"[0-9.]+(?:[-/\[{].*)?")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line; `key` is set for a pair `key=text`."""

    kind: Kind
    text: str
    key: str = ""


def tokens(line: str) -> tuple[list[Token], str]:
    """Return the pieces of a line and its comment, "" when there is none."""
    comment = _COMMENT.search(line)
    body = line[: comment.start()] if comment else line
    body = body[bullet.end() :] if (bullet := _BULLET.match(body)) else body
    body = _LIST.sub(" ", _DASH.sub("-", _EQUALS.sub("=", body)))
    pieces = _joined([piece for piece in _PIECE.findall(body) if piece not in _SEPARATORS])
    return [_token(piece) for piece in pieces], comment.group().strip() if comment else ""


def aside(line: str, comment: str) -> str:
    """Say what a line without any piece is; "" for a blank one."""
    return "a comment" if comment else "nothing but separators" if line.strip() else ""


def _joined(pieces: list[str]) -> list[str]:
    """Bring `zone: a` together; drop the colon of a heading such as `servers:`."""
    found: list[str] = []
    waiting = ""
    for piece in pieces:
        if waiting:
            found.append(f"{waiting}={piece}")
            waiting = ""
        elif piece.endswith(":") and field_of(piece[:-1]):
            waiting = piece[:-1]
        else:
            found.append(piece[:-1] if piece.endswith(":") and role_of(piece[:-1]) else piece)
    return [*found, f"{waiting}="] if waiting else found


def _token(piece: str) -> Token:
    if pair := _PAIR.fullmatch(piece):
        return Token("pair", _bare(pair[2]), pair[1])
    if (spoken := _SPOKEN.fullmatch(piece)) and field_of(spoken[1]):
        return Token("pair", _bare(spoken[2]), spoken[1])
    text = _bare(piece)
    return Token(kind_of_text(text), text)


def kind_of_text(text: str) -> Kind:
    """Return what a piece of text without `key=` may be."""
    if role_of(text):
        return "role"
    if zone_of(text):
        return "zone"
    if text.isdigit():
        return "stray"
    if "@" in text or "://" in text or _NUMERIC.fullmatch(text) or _address_like(text):
        return "place"
    host, _, port = text.rpartition(":")
    return "place" if host and port.isdigit() else "word"


def _address_like(text: str) -> bool:
    """Tell whether a text is an IPv6 address, a range of them, or one in brackets."""
    inner = text[1:].partition("]")[0] if text.startswith("[") else text
    return inner.count(":") > 1 or as_ip(inner) is not None


def _bare(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
