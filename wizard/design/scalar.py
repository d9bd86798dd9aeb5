"""Single values as YAML that every reader of YAML takes for the same."""

import json
import re

from wizard.spec.scalar import resolve

# What needs no quotes in block or flow style; all else gets them.
_BARE = re.compile(r"[A-Za-z0-9/~.][A-Za-z0-9/~.+_@%-]*(:[A-Za-z0-9/~.+_@%-]+)*")


def scalar(value: str | int | bool) -> str:
    """Return a value as it is written in YAML: bare where it is read back as the same, else in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _BARE.fullmatch(value) and resolve(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
