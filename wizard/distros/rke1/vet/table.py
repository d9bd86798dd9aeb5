"""Rules that a table holds, applied; profiles/rke1/rules.yaml says what each part means."""

from collections.abc import Mapping
from typing import Any

from wizard.distros.rke1.vet.config import Config, path_of
from wizard.spec.problem import Problem, shorten

Rule = Mapping[str, Any]


def judged(rule: Rule, config: Config) -> Problem | None:
    """Return what a rule finds, None where it finds nothing or does not apply."""
    if not applies(rule, config) or _holds(rule, config):
        return None
    said = rule["said"].replace("{value}", shorten(config.text(rule["at"]))).replace("{version}", config.version)
    return Problem(path_of(rule["at"]), said, "")


def applies(rule: Rule, config: Config) -> bool:
    """Whether a rule is about this file: by other fields of it, and by its version."""
    minor = config.minor
    when = all(config.get(path) in values for path, values in rule.get("when", {}).items())
    beside = "beside" not in rule or config.raw(rule["beside"]) not in (None, "", ())
    since = "from" not in rule or (minor is not None and minor >= _pair(rule["from"]))
    until = "below" not in rule or (minor is not None and minor < _pair(rule["below"]))
    return bool(when and beside and since and until)


def _holds(rule: Rule, config: Config) -> bool:
    value = config.get(rule["at"])
    if "one_of" in rule:
        return config.text(rule["at"]) in rule["one_of"]
    if "refused" in rule:
        return value not in rule["refused"]
    if "between" in rule:
        least, most = rule["between"]
        return not isinstance(value, int) or least <= value <= most
    if "differs" in rule:
        return bool(value != config.get(rule["differs"]))
    return bool(value) != bool(rule.get("absent", False))


def _pair(minor: str) -> tuple[int, int]:
    first, _, second = minor.partition(".")
    return int(first), int(second)
