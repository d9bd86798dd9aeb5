"""Tables of fields that a definition or a chart of others knows, and what is wrong with a value by such a table.

A type, a pair of bounds, a set of choices, a list of one of them, or a mapping of names to them; `*` behind a name
marks what must be there, and `{str: …}` takes any names.
"""

from typing import Any


def wrong(value: Any, wanted: Any, where: str) -> list[str]:
    """Return what a table refuses of a value, each with its place."""
    if isinstance(wanted, tuple):
        good = isinstance(value, int) and not isinstance(value, bool) and wanted[0] <= value <= wanted[1]
        return [] if good else [f"{where}: {value!r} is not within {wanted}"]
    if isinstance(wanted, frozenset):
        return [] if isinstance(value, str) and value in wanted else [f"{where}: {value!r} is none of {sorted(wanted)}"]
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{where}: is no list"]
        return [fault for place, one in enumerate(value) for fault in wrong(one, wanted[0], f"{where}[{place}]")]
    if isinstance(wanted, dict):
        return _wrong_mapping(value, wanted, where)
    good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    return [] if good else [f"{where}: {value!r} is no {wanted.__name__}"]


def _wrong_mapping(value: Any, wanted: dict[Any, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: is no mapping"]
    if str in wanted:
        return [fault for key, one in value.items() for fault in wrong(one, wanted[str], f"{where}.{key}")]
    fields = {key.rstrip("*"): field for key, field in wanted.items()}
    found = [f"{where}.{key}: is missing" for key in fields if f"{key}*" in wanted and key not in value]
    found += [f"{where}.{key}: is not known" for key in value if key not in fields]
    return found + [
        fault for key, one in value.items() if key in fields for fault in wrong(one, fields[key], f"{where}.{key}")
    ]
