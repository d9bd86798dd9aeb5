"""Secrets that stand in a cluster.yml in the clear, kept from screens."""

import re
from collections.abc import Mapping
from typing import Any

from wizard.profiles import profile
from wizard.secret import MASK
from wizard.spec.problem import may_be_secret

_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)|^[^/@\s:]+:[^/@\s]+(?=@)")
_PAIR = re.compile(r"(?P<name>[^=\s]+)=(?P<value>.+)", re.DOTALL)
_SECRET_OBJECT = re.compile(r"""["']?\bkind["']?\s*:\s*["']?Secret\b""")
_NO_SECRET = re.compile(r"/.*|true|false")
"""Values of options with a secret's name that are none: they name a file, or turn something on."""


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Whether what stands at a path of cluster.yml is not to be shown; places in lists do not count."""
    place = ".".join(part for part in path if isinstance(part, str))
    return place in profile("rke1/rules")["secrets"]


def near_secret(path: tuple[str | int, ...]) -> bool:
    """Whether a secret belongs at a path or within what belongs there: what stands there wrongly may be that secret."""
    place = ".".join(part for part in path if isinstance(part, str))
    return any(f"{secret}.".startswith(f"{place}.") for secret in profile("rke1/rules")["secrets"])


def shown(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Return what may be seen of what stands at a path: all of it, a part, or a mask.

    Flags, variables and addresses hold secrets too: `--client-secret=…`, `PASSWORD=…`, `https://user:…@host`; so do
    add-ons that are of kind Secret.
    """
    if is_secret(path) and value not in (None, ""):
        return MASK
    if not isinstance(value, str):
        return value
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if _may_be_secret(name, value) or _SECRET_OBJECT.search(value):
        return MASK
    pair = _PAIR.fullmatch(value)
    if pair and _may_be_secret(pair["name"], pair["value"]):
        return f"{pair['name']}={MASK}"
    return _LOGIN.sub(MASK, value)


def _may_be_secret(name: str, value: str) -> bool:
    return may_be_secret((name,)) and bool(value) and not _NO_SECRET.fullmatch(value)


def without_secrets(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Return the values of a cluster.yml with every secret masked, with lists for tuples."""
    seen = shown(value, path)
    if isinstance(seen, Mapping):
        return {key: without_secrets(inner, (*path, key)) for key, inner in seen.items()}
    if isinstance(seen, list | tuple):
        return [without_secrets(inner, (*path, index)) for index, inner in enumerate(seen)]
    return seen


def masked_text(text: str) -> str:
    """Return the text of a cluster.yml with every secret masked, otherwise as it is."""
    from wizard.distros.rke1.edit import changed, put

    def mask(value: Any, path: tuple[str | int, ...]) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            here = (*path, key)
            seen = shown(inner, here)
            if isinstance(seen, dict | list):
                mask(inner, here)
            elif seen != inner:
                put(value, key, seen)

    return changed(text, lambda tree: mask(tree, ()))
