"""Secrets that stand in a cluster.yml in the clear, kept from screens."""

from collections.abc import Mapping
from typing import Any

from wizard.profiles import profile
from wizard.secret import MASK


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Whether what stands at a path of cluster.yml is not to be shown; places in lists do not count."""
    place = ".".join(part for part in path if isinstance(part, str))
    return place in profile("rke1/rules")["secrets"]


def without_secrets(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Return the values of a cluster.yml with every secret masked, with lists for tuples."""
    if is_secret(path) and value not in (None, ""):
        return MASK
    if isinstance(value, Mapping):
        return {key: without_secrets(inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(inner, (*path, index)) for index, inner in enumerate(value)]
    return value


def masked_text(text: str) -> str:
    """Return the text of a cluster.yml with every secret masked, otherwise as it is."""
    from wizard.distros.rke1.edit import changed, put

    def mask(value: Any, path: tuple[str | int, ...]) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            here = (*path, key)
            if is_secret(here) and inner not in (None, ""):
                put(value, key, MASK)
            elif isinstance(inner, dict | list):
                mask(inner, here)

    return changed(text, lambda tree: mask(tree, ()))
