"""Values laid over values, as helm does it."""

from collections.abc import Mapping
from typing import Any


def merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return two mappings as helm merges values files: mappings key by key, all else replaced."""
    whole = dict(ours)
    for key, value in theirs.items():
        mine = whole.get(key)
        whole[key] = merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return whole
