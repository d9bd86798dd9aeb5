"""The ports that a balancer leads to a cluster: where to, and how it finds out who is well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.profiles import profile
from wizard.spec.balancer import ANYWHERE
from wizard.spec.models import Node, Spec
from wizard.spec.trust import ends_before


@dataclass(frozen=True, slots=True)
class Check:
    """A request whose answer tells whether a node is well; `after` is a port that must be well too."""

    port: int
    tls: bool
    path: str
    host: str
    statuses: tuple[int, ...]
    after: int | None

    @property
    def expected(self) -> str:
        """The statuses in words."""
        return " or ".join(map(str, self.statuses))

    @property
    def pattern(self) -> str:
        """A regular expression for the first line of a good answer."""
        return rf"HTTP/1\.[01] ({'|'.join(map(str, self.statuses))})"


@dataclass(frozen=True, slots=True)
class Way:
    """One port in front, and the nodes behind it."""

    key: str
    port: int
    nodes: tuple[Node, ...]
    balance: str
    why: str
    check: Check
    allow: tuple[str, ...]
    """Networks that may connect; empty for all."""
    inner: int
    """The port of the nodes behind it."""
    ends: bool
    """Whether TLS ends there."""


def ways(spec: Spec) -> tuple[Way, ...]:
    """Return the ports that lead to nodes of a spec's cluster, in order of their numbers."""
    rows, ended = profile("handoff")["ways"], profile("handoff")["ended"]
    if ends_before(spec):
        rows = [{**row, **ended.get(row["key"], {})} for row in rows if row["key"] != "http"]
    found = (_way(spec, row) for row in rows if row.get("for", spec.engine) == spec.engine)
    return tuple(way for way in found if way.nodes)


def _way(spec: Spec, row: Mapping[str, Any]) -> Way:
    ingress = () if spec.ingress == "none" else spec.ingress_nodes
    asked, inner = row["check"], row.get("inner", row["port"])
    check = Check(inner, asked["tls"], asked["path"], asked["host"], tuple(asked["statuses"]), asked.get("after"))
    nodes = ingress if row["to"] == "ingress" else spec.api_nodes
    return Way(
        row["key"],
        row["port"],
        nodes,
        row["balance"],
        row["why"],
        check,
        _allowed(spec, row["key"]),
        inner,
        "inner" in row,
    )


def _allowed(spec: Spec, key: str) -> tuple[str, ...]:
    given: tuple[str, ...] = getattr(spec.balancer.allow, key, ()) if spec.balancer else ()
    return () if set(given) & set(ANYWHERE) else given
