"""One thing wrong in a spec, and how it is put into words."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.plain import plain

Path = tuple[str | int, ...]
QUOTE_LIMIT = 60
_SECRET_WORDS = ("token", "password", "passphrase", "secret", "access_key", "access-key")


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads to the field, `what` is wrong there, `allowed` says what would be right."""

    path: Path
    what: str
    allowed: str = ""

    def line(self, file: str, number: int) -> str:
        """Return `file:line: field: what; allowed`, safe to print on a terminal."""
        where = f"{file}:{number}: " if number else f"{file}: "
        field = f"{field_name(self.path)}: " if self.path else ""
        return plain(f"{where}{field}{self._said}")

    def line_of_option(self, option: str) -> str:
        """Return `option: what is wrong; allowed`, for a value that the command line gave."""
        return plain(f"{option}: {self._said}")

    @property
    def _said(self) -> str:
        return f"{self.what}; {self.allowed}" if self.allowed else self.what


def field_name(path: Path) -> str:
    """Return a path as the operator would write it: `nodes[2].labels."a.b/c"`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (
                part if _is_simple(part) else json.dumps(shorten(part), ensure_ascii=False)
            )
    return text


def quoted(value: object) -> str:
    """Return a value from the spec in quotes, cut to QUOTE_LIMIT characters."""
    return f"'{shorten(str(value))}'"


def shorten(text: str) -> str:
    """Return a text of at most QUOTE_LIMIT characters on one line."""
    text = " ".join(text.split("\n"))
    return text if len(text) <= QUOTE_LIMIT else text[: QUOTE_LIMIT - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?`, or the whole list when nothing known is near."""
    names = sorted(known)
    close = difflib.get_close_matches(shorten(word), names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else "one of " + ", ".join(names)


def may_be_secret(path: Path) -> bool:
    """Tell whether what stands at a path could be a secret, so that it must not be quoted."""
    names = [part.lower() for part in path if isinstance(part, str)]
    return any(word in name for name in names for word in _SECRET_WORDS)


def _is_simple(part: str) -> bool:
    return part.replace("_", "").replace("-", "").isalnum()
