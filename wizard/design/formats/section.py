"""The sections balancer, metallb and rancher of a spec, read back as the answers they come from."""

from collections.abc import Iterator
from typing import Any

from wizard.design.machine import Machine
from wizard.design.sections import BALANCER, HTTP_TLS, METALLB, POOL, RANCHER, usual_name, with_rancher
from wizard.design.tree import Path, Tree, look
from wizard.spec.address import as_ip

Found = tuple[str, Any, tuple[Path, ...]]
"""A question, its answer, and the fields of the spec that it is read from."""
_ADDRESS = ("registration", "address")


def found_sections(tree: Tree) -> Iterator[Found]:
    """Yield what these sections say; one that no answers could have led to says nothing, and is carried whole."""
    yield from _registration(tree)
    yield from _balancer(tree)
    yield from _metallb(tree)
    yield from _rancher(tree)


def _registration(tree: Tree) -> Iterator[Found]:
    """An address to join at is that of a balancer, be it one that the wizard knows nothing else of."""
    address = look(tree, _ADDRESS)
    if isinstance(address, str) and as_ip(address) and "balancer" not in tree:
        yield "vip", address, (_ADDRESS,)


def _balancer(tree: Tree) -> Iterator[Found]:
    section = tree.get("balancer")
    if not isinstance(section, dict):
        return
    machines, inner = _machines(section.get("nodes", []))
    front = {"haproxy": {1: "haproxy-single", 2: "haproxy"}.get(len(machines))}.get(section["kind"], section["kind"])
    if front is None:
        return
    yield "balancer", front, (("balancer", "kind"),)
    if machines:
        yield "balancer_nodes", machines, (("balancer", "nodes"),)
        yield "balancer_inner", inner, ()
    for key, path in BALANCER.items():
        if (value := look(tree, path)) is not None:
            yield key, value, (path, *_beside(tree, key, value))
    if hosts := section.get("hosts"):
        name = look(tree, RANCHER["rancher_hostname"])
        yield "balancer_hosts", _without_rancher(list(hosts), name), (("balancer", "hosts"),)


def _beside(tree: Tree, key: str, value: object) -> Iterator[Path]:
    """Yield further fields that an answer says: they would contradict it when it is changed."""
    if key == "vip" and look(tree, _ADDRESS) == value:
        yield _ADDRESS
    if (key, value) == ("balancer_mode", "http") and look(tree, ("rancher", "tls")) == HTTP_TLS:
        yield ("rancher", "tls")


def _machines(entries: Any) -> tuple[list[str], list[str]]:
    """Return machines as words, and their inner addresses; nothing where words can't say all of them."""
    found = [Machine.of(entry, usual_name=usual_name(place)) for place, entry in enumerate(entries)]
    own = [entry.get("internal_address") for entry in entries]
    same = any(address == entry["address"] for address, entry in zip(own, entries, strict=True))
    inner = [address or entry["address"] for address, entry in zip(own, entries, strict=True)] if any(own) else []
    if same or None in found or not all(map(as_ip, inner)):
        return [], []
    return [machine.text for machine in found if machine], inner


def _without_rancher(hosts: list[str], name: Any) -> list[str]:
    """Return hosts as they were before Rancher's name was added behind them."""
    rest = hosts[:-1]
    return rest if hosts[-1] == name and with_rancher(rest, name) == hosts else hosts


def _metallb(tree: Tree) -> Iterator[Found]:
    section = tree.get("metallb")
    if not isinstance(section, dict):
        return
    pools, exposed = section.get("pools"), section.get("expose_ingress")
    if not isinstance(pools, list) or len(pools) != 1 or pools[0].keys() != {"name", "addresses"}:
        return
    if pools[0]["name"] != POOL:
        return
    yield "metallb", True, ()
    yield "metallb_pool", pools[0]["addresses"], (("metallb", "pools"),)
    if exposed == {"pool": POOL} or (exposed is None and tree.get("ingress") != "none"):
        yield "metallb_ingress", exposed is not None, (("metallb", "expose_ingress"),)
    for key, path in METALLB.items():
        if (value := look(tree, path)) is not None:
            yield key, value, (path,)


def _rancher(tree: Tree) -> Iterator[Found]:
    if not isinstance(tree.get("rancher"), dict):
        return
    yield "rancher", True, ()
    for key, path in {**RANCHER, "rancher_tls": ("rancher", "tls")}.items():
        if (value := look(tree, path)) is not None:
            yield key, value, (path,)
