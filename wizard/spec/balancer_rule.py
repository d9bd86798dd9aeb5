"""What must hold between a balancer and the rest of a spec."""

from collections.abc import Iterator

from wizard.spec.address import as_ip, holds, networks, same_form
from wizard.spec.balancer import Balancer
from wizard.spec.models import Node, Spec
from wizard.spec.problem import Path, Problem, quoted

_HERE = ("balancer",)


def machines_of_its_kind(spec: Spec) -> Iterator[Problem]:
    """HAProxy runs on machines, a pair of them shares an address, and the other kinds need neither."""
    front = spec.balancer
    if front is None:
        return
    if front.kind == "haproxy" and not front.nodes:
        yield Problem((*_HERE, "nodes"), "is empty", "one machine for HAProxy, or two")
    if front.kind == "haproxy" and len(front.nodes) == 2 and not front.vip:
        yield Problem((*_HERE, "vip"), "is missing", "the address that the two machines share by keepalived")
    if front.kind == "haproxy" and len(front.nodes) == 1 and front.vip:
        yield Problem((*_HERE, "vip"), "is not carried by a single machine", "a second machine, or no vip")
    if front.kind != "haproxy" and front.nodes:
        yield Problem((*_HERE, "nodes"), f"are not used by {front.kind}", "kind: haproxy, or no nodes")
    if front.kind == "kube-vip" and not front.vip:
        yield Problem((*_HERE, "vip"), "is missing", "the address that kube-vip carries on the servers")


def own_machines(spec: Spec) -> Iterator[Problem]:
    """HAProxy binds the ports of the ingress and the API: it can't share a machine with them."""
    front = spec.balancer
    if front is None:
        return
    names = {node.name: node.name for node in spec.nodes}
    places = {same_form(address): node.name for node in spec.nodes for address in _addresses(node)}
    for index, machine in enumerate(front.nodes):
        path = (*_HERE, "nodes", index)
        if other := names.get(machine.name):
            yield Problem((*path, "name"), f"{quoted(other)} is the name of another machine", "a name of its own")
        names[machine.name] = machine.name
        for key in ("address", "internal_address"):
            text = getattr(machine, key)
            owner = places.get(same_form(text)) if text else None
            if owner and owner != machine.name:
                yield Problem((*path, key), f"{quoted(text)} is an address of {owner} too", "a machine of its own")
            if text:
                places[same_form(text)] = machine.name
    if front.vip and (owner := places.get(same_form(front.vip))):
        yield Problem((*_HERE, "vip"), f"{quoted(front.vip)} is an address of {owner} too", "an address nobody has")


def vip_outside(spec: Spec) -> Iterator[Problem]:
    """The networks of pods and services exist within the nodes only."""
    front = spec.balancer
    if front and front.vip:
        for key in ("cluster_cidr", "service_cidr"):
            for network in networks(getattr(spec.network, key)):
                if holds(network, front.vip):
                    yield Problem((*_HERE, "vip"), f"{quoted(front.vip)} lies in {key} {network}", "one outside of it")


def vip_of_one_family(spec: Spec) -> Iterator[Problem]:
    """A peer of one family does not carry an address of the other by unicast VRRP."""
    front = spec.balancer
    vip = as_ip(front.vip) if front and front.vip else None
    for index, machine in enumerate(front.nodes if front else ()):
        own = as_ip(machine.inner_address)
        if vip and own is None:
            what = f"{quoted(machine.inner_address)} is a name, VRRP talks between addresses"
            yield Problem((*_HERE, "nodes", index, "internal_address"), what, "the IP address towards its peer")
        elif vip and own and own.version != vip.version:
            what = f"{quoted(machine.inner_address)} is IPv{own.version}, the vip is IPv{vip.version}"
            yield Problem((*_HERE, "nodes", index, "internal_address"), what, f"an address of IPv{vip.version}")


def sources_of_others(spec: Spec) -> Iterator[Problem]:
    """Where our own machines connect from is known."""
    front = spec.balancer
    if front and front.sources and front.kind != "external":
        yield Problem((*_HERE, "sources"), f"are not asked for with {front.kind}", "kind: external, or no sources")


def http_alone(spec: Spec) -> Iterator[Problem]:
    """What HTTP asks for is of no use where TLS passes through."""
    front = spec.balancer
    if front is None:
        return
    if front.mode == "http" and front.kind != "haproxy":
        yield Problem((*_HERE, "mode"), f"http is not a mode of {front.kind}", "kind: haproxy, or mode: tcp")
    elif front.mode == "http" and not front.hosts:
        yield Problem((*_HERE, "hosts"), "is empty", "the names that lead to this cluster, as in *.apps.example.com")
    if front.mode == "tcp":
        for key in ("hosts", "clusters", "tls"):
            if key in front.model_fields_set and getattr(front, key) != Balancer.model_fields[key].default:
                yield Problem((*_HERE, key), "is not read in mode tcp", "mode: http")


def both_files(spec: Spec) -> Iterator[Problem]:
    """A certificate needs its key."""
    front = spec.balancer
    if front and (front.tls.certificate is None) != (front.tls.key is None):
        present, absent = ("key", "certificate") if front.tls.certificate is None else ("certificate", "key")
        yield Problem((*_HERE, "tls", present), f"stands without {absent}", "both, or neither")


def one_cluster_a_name(spec: Spec) -> Iterator[Problem]:
    """A name leads to one cluster."""
    front = spec.balancer
    if front is None:
        return
    seen: dict[str, str] = {}
    ways: list[tuple[Path, str, tuple[str, ...]]] = [((*_HERE, "hosts"), spec.name, front.hosts)]
    names = {spec.name}
    for index, other in enumerate(front.clusters):
        if other.name in names:
            what = f"{quoted(other.name)} is the name of another cluster"
            yield Problem((*_HERE, "clusters", index, "name"), what, "a name of its own")
        names.add(other.name)
        ways.append(((*_HERE, "clusters", index, "hosts"), other.name, other.hosts))
    for path, cluster, hosts in ways:
        for place, host in enumerate(hosts):
            if owner := seen.get(host):
                yield Problem((*path, place), f"{quoted(host)} leads to {owner} already", "each name once")
            seen[host] = cluster


def _addresses(node: Node) -> tuple[str, ...]:
    return (node.address, *node.internal_addresses)


RULES = (
    machines_of_its_kind,
    own_machines,
    vip_outside,
    vip_of_one_family,
    sources_of_others,
    http_alone,
    both_files,
    one_cluster_a_name,
)
