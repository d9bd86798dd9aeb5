"""What must hold between MetalLB's addresses and the rest of a spec."""

from collections.abc import Iterable, Iterator

from wizard.profiles import profile
from wizard.spec import metallb_bgp_rule, metallb_release_rule
from wizard.spec.address import as_ip, networks
from wizard.spec.metallb import Pool
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, nearest, quoted
from wizard.spec.span import span, span_of

_HERE: Path = ("metallb",)


def pools_apart(spec: Spec) -> Iterator[Problem]:
    """Names are unique, and no address stands in two pools or twice in one."""
    seen: list[tuple[str, str]] = []
    names: set[str] = set()
    for path, pool in _pools(spec):
        if pool.name in names:
            yield Problem((*path, "name"), f"{quoted(pool.name)} is the name of another pool", "each name once")
        names.add(pool.name)
        for place, text in enumerate(pool.addresses):
            for owner, other in seen:
                if span(text).meets(span(other)):
                    what = f"{text} overlaps {other} of pool {owner}"
                    yield Problem((*path, "addresses", place), what, "each address in one pool")
            seen.append((pool.name, text))


def pools_of_nobody(spec: Spec) -> Iterator[Problem]:
    """An address that a machine has would be announced by two."""
    owned = list(_owned(spec))
    inside = [(key, each) for key in ("cluster_cidr", "service_cidr") for each in networks(getattr(spec.network, key))]
    for path, pool in _pools(spec):
        for place, text in enumerate(pool.addresses):
            where, one = (*path, "addresses", place), span(text)
            for owner, address in owned:
                if one.holds(address):
                    yield Problem(where, f"{text} holds {address}, {owner}", "addresses that nobody has")
            for key, network in inside:
                if one.meets(span_of(network)):
                    yield Problem(where, f"{text} overlaps {key} {network}", "addresses outside of the cluster")


def pools_of_the_family(spec: Spec) -> Iterator[Problem]:
    """A service gets an address of a family that the cluster's services have."""
    versions = {network.version for network in networks(spec.network.service_cidr)}
    for path, pool in _pools(spec):
        for place, text in enumerate(pool.addresses):
            version = span(text).version
            if version not in versions:
                what = f"{text} is IPv{version}, services have IPv{versions.pop()} only"
                yield Problem((*path, "addresses", place), what, "the families of service_cidr")
                return


def names_that_exist(spec: Spec) -> Iterator[Problem]:
    """What refers to a pool, a peer or a BFD profile finds it."""
    metallb = spec.metallb
    if metallb is None:
        return
    pools = [pool.name for pool in metallb.pools]
    for index, way in enumerate(metallb.l2):
        yield from _known((*_HERE, "l2", index, "pools"), way.pools, pools, "pool")
    if metallb.bgp:
        peers = [peer.name for peer in metallb.bgp.peers]
        for index, told in enumerate(metallb.bgp.advertisements):
            path = (*_HERE, "bgp", "advertisements", index)
            yield from _known((*path, "pools"), told.pools, pools, "pool")
            yield from _known((*path, "peers"), told.peers, peers, "peer")
            aliases = [text for text in told.communities if ":" not in text]
            yield from _known((*path, "communities"), aliases, metallb.bgp.communities, "community")
        bfd = [each.name for each in metallb.bgp.bfd]
        for index, peer in enumerate(metallb.bgp.peers):
            wanted = [peer.bfd] if peer.bfd else []
            yield from _known((*_HERE, "bgp", "peers", index, "bfd"), wanted, bfd, "BFD profile", single=True)
    if metallb.expose_ingress and metallb.expose_ingress.pool:
        path = (*_HERE, "expose_ingress", "pool")
        yield from _known(path, [metallb.expose_ingress.pool], pools, "pool", single=True)


def announced(spec: Spec) -> Iterator[Problem]:
    """Addresses that nobody announces are given out, and never answer."""
    metallb = spec.metallb
    if metallb is None:
        return
    told = [way.pools for way in metallb.announced_l2]
    told += [way.pools for way in metallb.bgp.advertisements] if metallb.bgp else []
    if not all(told):
        return
    named = {name for names in told for name in names}
    for path, pool in _pools(spec):
        if pool.name not in named:
            yield Problem((*path, "name"), f"{quoted(pool.name)} is announced by nothing", "its name in l2 or in bgp")


def exposed_ingress(spec: Spec) -> Iterator[Problem]:
    """The ingress gets an address that its pool has, and that it may have."""
    metallb = spec.metallb
    if metallb is None or metallb.expose_ingress is None:
        return
    path, wish = (*_HERE, "expose_ingress"), metallb.expose_ingress
    if spec.ingress == "none":
        yield Problem(path, "there is no ingress controller to expose", "ingress: traefik, or no expose_ingress")
    pools = [pool for pool in metallb.pools if wish.pool in (None, pool.name)]
    for place, address in enumerate(wish.addresses):
        if pools and not any(span(text).holds(address) for pool in pools for text in pool.addresses):
            where = f"pool {wish.pool}" if wish.pool else "any pool"
            yield Problem((*path, "addresses", place), f"{quoted(address)} is not in {where}", "an address of a pool")
    if len({ip.version for ip in map(as_ip, wish.addresses) if ip}) != len(wish.addresses):
        yield Problem((*path, "addresses"), "are of one family", "one IPv4 and one IPv6, or one alone")
    space = profile("metallb")["rke1_ingress"]["namespace"] if spec.engine == "rke1" else "kube-system"
    if pools and not any(not pool.namespaces or space in pool.namespaces for pool in pools):
        what = f"the ingress runs in {space}, which may use no such pool"
        yield Problem((*path, "pool"), what, f"{space} in namespaces of the pool")
    if pools and not wish.pool and not wish.addresses and not any(pool.auto_assign for pool in pools):
        yield Problem((*path, "pool"), "is missing, and no pool is given out by itself", "a pool's name")


def strict_arp(spec: Spec) -> Iterator[Problem]:
    """In IPVS mode every node has every service's address, and all would answer ARP for it."""
    if spec.metallb is None or not spec.metallb.announced_l2:
        return
    own = spec.rke1.services.kubeproxy.extra_args
    if own.get("proxy-mode") == "ipvs" and str(own.get("ipvs-strict-arp")).lower() != "true":
        here: Path = ("rke1", "services", "kubeproxy", "extra_args")
        yield Problem(here, "all nodes would answer ARP for MetalLB's addresses", 'ipvs-strict-arp: "true" beside it')
    for role in ("server", "agent"):
        given = getattr(spec.options, role).get("kube-proxy-arg", ())
        listed = [str(one) for one in (given if isinstance(given, tuple | list) else (given,))]
        if "proxy-mode=ipvs" in listed and "ipvs-strict-arp=true" not in listed:
            path = ("options", role, "kube-proxy-arg")
            yield Problem(path, "all nodes would answer ARP for MetalLB's addresses", "ipvs-strict-arp=true beside it")


def known_release(spec: Spec) -> Iterator[Problem]:
    """Before there was a chart, there was nothing that could be installed."""
    oldest = str(profile("metallb")["oldest"])
    if spec.metallb and not spec.metallb.at_least(oldest):
        yield Problem((*_HERE, "version"), f"{spec.metallb.version} has no chart", f"{oldest} or newer")


def _pools(spec: Spec) -> Iterator[tuple[Path, Pool]]:
    for index, pool in enumerate(spec.metallb.pools if spec.metallb else ()):
        yield (*_HERE, "pools", index), pool


def _owned(spec: Spec) -> Iterator[tuple[str, str]]:
    for node in spec.nodes:
        yield from ((f"an address of {node.name}", text) for text in (node.address, *node.internal_addresses))
    for machine in spec.front:
        yield from ((f"an address of {machine.name}", text) for text in {machine.address, machine.inner_address})
    if spec.balancer and spec.balancer.vip:
        yield "the balancer's virtual IP", spec.balancer.vip
    if spec.registration.address:
        yield "the address that nodes join at", spec.registration.address
    for peer in spec.metallb.bgp.peers if spec.metallb and spec.metallb.bgp else ():
        yield f"the address of peer {peer.name}", peer.address


def _known(
    path: Path, wanted: Iterable[str], known: Iterable[str], noun: str, *, single: bool = False
) -> Iterator[Problem]:
    names = list(known)
    for place, name in enumerate(wanted):
        if name not in names:
            where = path if single else (*path, place)
            yield Problem(
                where, f"{quoted(name)} is no {noun} here", nearest(name, names) if names else "none is given"
            )


RULES = (
    pools_apart,
    pools_of_nobody,
    pools_of_the_family,
    names_that_exist,
    announced,
    exposed_ingress,
    strict_arp,
    known_release,
    *metallb_bgp_rule.RULES,
    *metallb_release_rule.RULES,
)
