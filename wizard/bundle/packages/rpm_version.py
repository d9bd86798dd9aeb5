"""Versions of RPM packages in their order. Source: rpm-version(7); rpmio/rpmvercmp.c of rpm."""

import re

_PARTS = re.compile(r"~|\^|[0-9]+|[a-zA-Z]+")
_Part = tuple[int, int, str]
Key = tuple[int, tuple[_Part, ...], tuple[_Part, ...]]
_END: _Part = (0, 0, "")


def key(version: str) -> Key:
    """Return what versions are compared by: `sorted(versions, key=key)` is oldest first. Epoch and release may lack."""
    epoch, version, release = _split(version)
    return epoch, _parts(version), _parts(release)


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """Whether a version is what a dependency asks for by `>=`, `<` and their like; no operator asks for nothing.

    A dependency without a release says nothing of it.
    """
    have, limit = key(version), key(wanted)
    if "-" not in wanted or "-" not in version:
        have, limit = (*have[:2], ()), (*limit[:2], ())
    answers = {
        "": True,
        "=": have == limit,
        ">=": have >= limit,
        "<=": have <= limit,
        ">": have > limit,
        "<": have < limit,
    }
    return answers.get(operator, False)


def _split(text: str) -> tuple[int, str, str]:
    epoch, colon, rest = text.partition(":")
    version, _, release = (rest if colon else text).partition("-")
    return int(epoch) if colon and epoch.isdecimal() else 0, version, release


def _parts(text: str) -> tuple[_Part, ...]:
    """Return parts that compare as rpm does: a tilde before the end, a caret after it, then words, then numbers."""
    return (*map(_part, _PARTS.findall(text)), _END)


def _part(text: str) -> _Part:
    if text == "~":
        return -1, 0, ""
    if text == "^":
        return 1, 0, ""
    return (3, int(text), "") if text.isdecimal() else (2, 0, text)
