"""What may be passed through to RKE2's own configuration; the known keys are data, in profiles/."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.problem import Problem, nearest


@dataclass(frozen=True, slots=True)
class Option:
    """One key of RKE2's config.yaml; the file of options says what each part means."""

    role: str
    source: str
    field: str = ""
    why: str = ""
    secret: bool = False
    per_node: bool = False
    url: bool = False


@cache
def known_options() -> dict[str, Option]:
    """Return the keys that RKE2 knows."""
    return {name: Option(**fields) for name, fields in profile("rke2/options").items()}


def known_keys(spec: Spec) -> Iterator[Problem]:
    """RKE2 skips a key that it does not know, with no more than a line in its log: here it is refused."""
    if spec.distribution != "rke2":
        return
    for role, options, count in _by_role(spec):
        for key, value in options.items():
            what, allowed = _judge(key, value, role=role, count=count)
            if what:
                yield Problem(("options", role, key), what, allowed)


def _by_role(spec: Spec) -> Iterator[tuple[str, dict[str, object], int]]:
    yield "server", spec.options.server, len(spec.servers)
    yield "agent", spec.options.agent, len(spec.agents)


def _judge(key: str, value: object, *, role: str, count: int) -> tuple[str, str]:
    """Return what is wrong with one option and what is allowed; two empty texts when nothing is."""
    option = known_options().get(key)
    if option is None:
        return "RKE2 does not know this key", nearest(key, _usable(role))
    if option.role == "server" and role == "agent":
        return "only servers read this key", "move it to options.server" if _passes(option) else _instead(option)
    if option.secret:
        return "carries a secret in the clear", _instead(option)
    if not _passes(option):
        return "is not passed through", _instead(option)
    if option.per_node and count > 1:
        return f"differs between nodes, and all {count} {role}s would get the same", "leave it out"
    if option.url and "@" in str(value):
        return "holds a user or password in the clear", "a URL without user and password"
    return "", ""


def _passes(option: Option) -> bool:
    return not (option.field or option.why or option.secret)


def _instead(option: Option) -> str:
    return f"use the field {option.field}" if option.field else option.why


def _usable(role: str) -> list[str]:
    return [name for name, option in known_options().items() if role == "server" or option.role == "both"]


RULES = (known_keys,)
