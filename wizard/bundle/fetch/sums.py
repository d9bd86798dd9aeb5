"""Checksums as publishers write them."""

import re

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *]?(\S.*)")
_BARE = re.compile(r"[0-9a-fA-F]{64}")


def read_sums(text: str) -> dict[str, str]:
    """Return file name → sha256 (lower case) from what `sha256sum` wrote; other lines are passed over.

    Names keep their last part only: publishers list `./out/file` as readily as `file`.
    """
    sums: dict[str, str] = {}
    for line in text.splitlines():
        if found := _LINE.fullmatch(line.strip()):
            sums[found[2].strip().rsplit("/", 1)[-1]] = found[1].lower()
    return sums


def sum_of(text: str, name: str) -> str | None:
    """Return the sha256 of `name` in a list; a list that is one bare digest is of the file it lies beside."""
    if _BARE.fullmatch(text.strip()):
        return text.strip().lower()
    return read_sums(text).get(name)
