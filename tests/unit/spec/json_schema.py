"""A judge of values by the part of JSON Schema that our own schema uses; an unknown keyword is an error."""

import re
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_NOTES = {"title", "description", "default", "examples", "format", "$defs", "$schema"}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "") -> list[str]:
    """Return where a value breaks a schema; an empty list when it fits."""
    root = root or schema
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return faults(value, {**target, **{k: v for k, v in schema.items() if k != "$ref"}}, root, at)
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword not in _NOTES:
            found += _judge(keyword, wanted, value, schema, root, at)
    return found


def _judge(keyword: str, wanted: Any, value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> list[str]:
    bad = [f"{at}: {value!r} breaks {keyword} {wanted!r}"]
    match keyword:
        case "type":
            return [] if any(_is(value, kind) for kind in ([wanted] if isinstance(wanted, str) else wanted)) else bad
        case "properties":
            pairs = [(key, part) for key, part in wanted.items() if isinstance(value, dict) and key in value]
            return [fault for key, part in pairs for fault in faults(value[key], part, root, f"{at}.{key}")]
        case "additionalProperties" if isinstance(value, dict):
            further = [key for key in value if key not in schema.get("properties", {})]
            if wanted is False:
                return [f"{at}.{key}: not known" for key in further]
            if wanted is True:
                return []
            return [fault for key in further for fault in faults(value[key], wanted, root, f"{at}.{key}")]
        case "propertyNames":
            return [fault for key in value for fault in faults(key, wanted, root, f"{at}.{key}")]
        case "required":
            return [f"{at}.{key}: missing" for key in wanted if isinstance(value, dict) and key not in value]
        case "items" if isinstance(value, list):
            return [fault for i, one in enumerate(value) for fault in faults(one, wanted, root, f"{at}[{i}]")]
        case "anyOf":
            return [] if any(not faults(value, part, root, at) for part in wanted) else bad
        case "oneOf":
            return [] if sum(not faults(value, part, root, at) for part in wanted) == 1 else bad
        case "enum":
            return [] if value in wanted else bad
        case "const":
            return [] if value == wanted else bad
        case "pattern":
            return [] if not isinstance(value, str) or re.search(wanted, value) else bad
        case "minimum" | "maximum" | "exclusiveMinimum" | "minItems" | "maxItems" | "minLength" | "minProperties":
            return [] if _within(keyword, wanted, value) else bad
        case "additionalProperties" | "items":
            return []
    raise AssertionError(f"the schema uses {keyword}, which this judge does not know")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _within(keyword: str, wanted: float, value: Any) -> bool:
    if keyword in ("minimum", "maximum", "exclusiveMinimum"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        return {"minimum": value >= wanted, "maximum": value <= wanted, "exclusiveMinimum": value > wanted}[keyword]
    if isinstance(value, str if keyword == "minLength" else dict if keyword == "minProperties" else list):
        return len(value) <= wanted if keyword == "maxItems" else len(value) >= wanted
    return True
