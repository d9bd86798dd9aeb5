"""What an unquoted word in YAML means, and which ones mean different things to different readers."""

import re
from dataclasses import dataclass

Plain = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}")
_HUGE = re.compile(r"[-+]?[0-9][0-9_]{18,}(\.[0-9]*)?")
_BOOL_11 = re.compile(r"(?i:yes|on)|(?i:no|off)")
_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_OCTAL = re.compile(r"[-+]?0o?[0-7_]+")
_RADIX = re.compile(r"[-+]?0[xXbB][0-9a-fA-F_]+")
_DIGITS = re.compile(r"[-+]?[0-9][0-9_]*")
_POINT = re.compile(r"[-+]?(?=[.0-9])[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?i:inf|nan)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?")


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A word that YAML 1.1 and 1.2 read differently: `meant` is how some read it, `instead` what to write."""

    meant: str
    instead: str


def resolve(word: str) -> Plain | Doubtful:
    """Take an unquoted scalar; return its value, or Doubtful where readers of YAML disagree.

    The two versions of YAML part over `no`, `0123`, `1:30` and their like
    (https://yaml.org/type/ against https://yaml.org/spec/1.2.2/#103-core-schema): neither guess is safe.
    """
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return _doubt(word) or word


def _doubt(word: str) -> Doubtful | None:
    if _HUGE.fullmatch(word):
        return Doubtful("a huge number", "a smaller number")
    if len(word) > 200:
        return None
    if _BOOL_11.fullmatch(word):
        value = "true" if word.lower() in ("yes", "on") else "false"
        return Doubtful(value, value)
    if _DATE.fullmatch(word):
        return Doubtful("a date", "")
    if _SIXTY.fullmatch(word):
        return _number(_sixties(word))
    if _OCTAL.fullmatch(word):
        return _number(_based(word.replace("o", ""), 8))
    if _RADIX.fullmatch(word):
        return _number(_based(word, 0))
    if _DIGITS.fullmatch(word):
        return _number(_based(word, 10))
    is_number = _SPECIAL.fullmatch(word) or (_POINT.fullmatch(word) and any(c.isdigit() for c in word))
    return Doubtful("a number", "") if is_number else None


def _number(value: int | None) -> Doubtful:
    return Doubtful("a number", "") if value is None else Doubtful(f"{value}", f"{value}")


def _based(word: str, base: int) -> int | None:
    try:
        return int(word.replace("_", ""), base)
    except ValueError:
        return None


def _sixties(word: str) -> int | None:
    if "." in word:
        return None
    total = 0
    for part in word.replace("_", "").lstrip("+-").split(":"):
        total = total * 60 + int(part)
    return -total if word.startswith("-") else total
