"""Versions of Debian's packages in their order. Source: deb-version(7)."""

import re

_PARTS = re.compile(r"(\D*)(\d*)")
_Part = tuple[tuple[int, ...], int]
_END: _Part = ((0,), 0)
Key = tuple[int, tuple[_Part, ...], tuple[_Part, ...]]


def key(version: str) -> Key:
    """Return what versions are compared by: `sorted(versions, key=key)` is oldest first."""
    epoch, colon, rest = version.partition(":")
    upstream, _, revision = (rest if colon else version).rpartition("-")
    if "-" not in version:
        upstream, revision = revision, ""
    return int(epoch) if colon and epoch.isdecimal() else 0, _parts(upstream), _parts(revision)


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """Whether a version is what a dependency asks for by `>=`, `<<` and their like; no operator asks for nothing."""
    have, limit = key(version), key(wanted)
    answers = {
        "": True,
        "=": have == limit,
        ">=": have >= limit,
        "<=": have <= limit,
        ">>": have > limit,
        "<<": have < limit,
    }
    return answers.get(operator, False)


def _parts(text: str) -> tuple[_Part, ...]:
    """Words and numbers in turn; the last, empty one stands for the end, which sorts after a tilde alone."""
    parts = tuple(((*map(_order, word), 0), int(number or 0)) for word, number in _PARTS.findall(text))
    # A revision of 0 and none are the same to dpkg; what a tilde follows is older than both.
    return (*parts, _END) if len(parts) == 1 else parts


def _order(letter: str) -> int:
    if letter == "~":
        return -1
    return ord(letter) if letter.isalpha() else ord(letter) + 256
