"""Names for nodes that were given none: the same for the same address, whatever else is in the list."""

from collections.abc import Iterable, Mapping
from itertools import chain, count

from wizard.design.nodes.entry import NodeEntry
from wizard.spec.address import as_ip
from wizard.spec.kubernetes import is_dns_name

LONGEST = 63


def names(entries: Iterable[NodeEntry], given: Mapping[str, str]) -> dict[str, str]:
    """Return a name for each entry by its key, no two alike; `given` are those that the operator set, by key.

    A node without one is called as its host, cp-1 for cp-1.example.com, or after its address: node-10-0-0-11.
    """
    listed = tuple(entries)
    wanted = {entry.key: given.get(entry.key) or entry.name for entry in listed}
    found: dict[str, str] = {}
    taken: set[str] = set()
    # Names that were said come first: no name that is made up may take them.
    for entry in sorted(listed, key=lambda one: wanted[one.key] is None):
        choices = chain((wanted[entry.key],), _made_up(entry))
        found[entry.key] = next(name for name in choices if name and name not in taken)
        taken.add(found[entry.key])
    return {entry.key: found[entry.key] for entry in listed}


def _made_up(entry: NodeEntry) -> Iterable[str]:
    host = entry.address.lower().rstrip(".").replace("_", "-")
    if as_ip(entry.address):
        base = "node-" + host.replace(".", "-").replace(":", "-").strip("-")
    else:
        base = host.partition(".")[0]
        yield from (name for name in (base, host) if _usable(name))
    base = base if _usable(base) else "node"
    if entry.port not in (None, 22):
        base = f"{base[: LONGEST - 6]}-{entry.port}"
    yield base
    yield from (f"{base[: LONGEST - 6]}-{number}" for number in count(2))


def _usable(name: str) -> bool:
    return len(name) <= LONGEST and is_dns_name(name) and name != "localhost"
