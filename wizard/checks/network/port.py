"""The ports that a cluster's machines must reach on each other, as profiles/ports.yaml has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from wizard.profiles import profile
from wizard.spec.models import Node, Spec

Protocol = Literal["tcp", "udp"]
CLIENTS = "clients"
"""Who asks from outside: users and balancers."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: nodes of role `source` ask those of role `target`; `all` stands for every role."""

    source: str
    target: str
    port: str
    """A port, or a range such as 30000-32767."""
    protocol: Protocol
    why: str
    must: bool = True
    """False where a cluster works without it, but not well."""

    @property
    def label(self) -> str:
        """The port as firewalls write it, such as `6443/tcp`."""
        return f"{self.port}/{self.protocol}"

    def asks(self, source: Node, target: Node) -> bool:
        """True when the one node must reach the other here."""
        return self.source in ("all", source.role, *source.planes) and self.answers(target)

    def answers(self, target: Node) -> bool:
        """True when somebody must reach this node here."""
        return self.target in ("all", target.role, *target.planes)


def rows(spec: Spec) -> tuple[Row, ...]:
    """Return the lines that hold for this spec: its distribution, network plugin, options and parts."""
    plugin = spec.network.cni[-1]
    return tuple(
        Row(each["from"], each["to"], each["port"], each["protocol"], each["why"], each.get("severity") != "should")
        for each in profile("ports")
        if each["for"] in (spec.distribution, spec.engine)
        and each.get("cni", plugin) == plugin
        and ("part" not in each or getattr(spec, each["part"]) is not None)
        and ("option" not in each or _is_on(spec, each["option"]))
    )


def _is_on(spec: Spec, option: str) -> bool:
    return spec.embedded_registry if option == "embedded-registry" else spec.options.server.get(option) is True


def answered_by(spec: Spec, node: Node) -> tuple[str, ...]:
    """Return what `node` must be asked on, by nodes or from outside, each as `6443/tcp` and once."""
    return tuple(dict.fromkeys(row.label for row in rows(spec) if row.answers(node)))


def asked(table: Iterable[Row], source: Node, target: Node) -> Iterator[Row]:
    """Yield what the one node must reach the other on: each port once, also where several of its roles do."""
    seen: set[str] = set()
    for row in table:
        if row.label not in seen and row.asks(source, target):
            seen.add(row.label)
            yield row
