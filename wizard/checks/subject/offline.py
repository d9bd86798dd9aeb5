"""What would still go out to the internet although the release comes from a folder or a bundle."""

from collections.abc import Callable, Iterable

from wizard.checks.check import Machine, check, machine_check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.outward import charts, front_packages, image_hosts, packages
from wizard.checks.place import host_of, outside
from wizard.checks.seen import keeps_etcd, listed, values
from wizard.hosts.facts import Facts
from wizard.hosts.system import system_names
from wizard.spec.address import as_ip
from wizard.spec.models import Node, Spec

ONLINE = "the release comes from the internet too"
SOURCE = "the spec: source; RKE2 documentation, Air-gap install"
INSIDE = "a site that needs no internet"


@check(
    "offline.images",
    "Images without internet",
    group="reach",
    severity="should",
    why="RKE2's own images are sent along, those of charts out of a bundle alone; pods wait for ever for others.",
    source=SOURCE,
)
def images(node: Node, facts: Facts, spec: Spec) -> Said:
    own = "Set registries.mirrors to a registry of the site; `bundle push` fills one, `bundle serve` is one"
    if spec.engine == "rke1":
        own = "Set registries.system_default_registry to a registry of the site, which `bundle push` fills"
    brings = spec.source.kind != "bundle" and spec.distribution != "rancherd"
    otherwise = ", or take a bundle, which brings them" if brings else ""
    return _nothing_out(
        spec,
        (f"{host} (for {part})" for host, part in image_hosts(spec).items() if outside(host, facts)),
        next_move=f"{own}{otherwise}.",
    )


@check(
    "offline.packages",
    "Packages without internet",
    group="reach",
    severity="should",
    why="What a node lacks is installed by its own package manager, from mirrors where the source does not have it.",
    source=SOURCE,
)
def lacking(node: Node, facts: Facts, spec: Spec) -> Said:
    return _nothing_out(
        spec,
        (f"{name} for {facts.os_id} {facts.os_version}" for name in packages(spec, facts)),
        next_move=f"Make the bundle with `--os {system_names(facts)[-1]}`, or install it on {node.name}.",
    )


@machine_check(
    "offline.balancers",
    "Balancers without internet",
    group="reach",
    severity="should",
    why="HAProxy and keepalived come from the distribution's mirrors where the source does not have them.",
    source=SOURCE,
    about="balancers",
)
def balancers(machine: Machine, facts: Facts, spec: Spec) -> Said:
    return _nothing_out(
        spec,
        (f"{name} for {facts.os_id} {facts.os_version}" for name in front_packages(spec, facts)),
        next_move=f"Make the bundle with `--os {system_names(facts)[-1]}`, or install them on {machine.name}.",
    )


@check(
    "offline.charts",
    "Charts without internet",
    group="reach",
    severity="should",
    why="helm, or RKE2 itself, fetches a chart from its repository unless it lies at hand.",
    source="Rancher documentation, Air-gapped install; MetalLB documentation, Installation",
)
def from_repositories(node: Node, facts: Facts, spec: Spec) -> Said:
    if node.name != spec.first_server.name:
        return ok("told at the first server")
    return _nothing_out(
        spec,
        (f"{chart} from {place}" for chart, place in charts(spec) if outside(host_of(place), facts)),
        next_move="Name the folder that has them as rancher.charts, the file as metallb.chart, or take a bundle.",
    )


@check(
    "offline.rancher",
    "Rancher without internet",
    group="reach",
    severity="should",
    why="Without internet, Rancher waits long for its catalogs, and Let's Encrypt gives no certificate.",
    source="Rancher documentation, Air-gapped install: useBundledSystemChart; RFC 8555, 8.3",
)
def rancher(node: Node, facts: Facts, spec: Spec) -> Said:
    if node.name != spec.first_server.name:
        return ok("told at the first server")
    wanted = spec.rancher
    return _nothing_out(
        spec,
        (
            *(["catalogs from git.rancher.io"] if wanted and not wanted.bundled_catalogs else []),
            *(["certificates by Let's Encrypt"] if wanted and wanted.tls == "letsEncrypt" else []),
        ),
        next_move="Set rancher.bundled_catalogs: true, and rancher.tls to rancher or secret.",
    )


@check(
    "offline.time",
    "Time without internet",
    group="reach",
    severity="note",
    why="Servers that nobody reaches keep no clock; in a site of its own they drift apart unseen.",
    source="chrony.conf(5); timesyncd.conf(5); RKE2 documentation, Requirements",
)
def time(node: Node, facts: Facts, spec: Spec) -> Said:
    return _nothing_out(
        spec,
        (server for server in values(facts, "x.time.server") if outside(server, facts)),
        next_move=f"Name a time server of the site on {node.name}.",
        say=warn,
    )


@check(
    "offline.names",
    "DNS without internet",
    group="reach",
    severity="note",
    why="A DNS server outside never answers: every look-up waits until it is given up.",
    source="resolv.conf(5)",
)
def names(node: Node, facts: Facts, spec: Spec) -> Said:
    servers = dict.fromkeys((*values(facts, "x.dns.server"), *values(facts, "x.dns.upstream")))
    return _nothing_out(
        spec,
        (server for server in servers if as_ip(server) and outside(server, facts)),
        next_move="Name DNS servers of the site in the node's network settings, or none.",
        say=warn,
    )


@check(
    "offline.snapshots",
    "Snapshots without internet",
    group="reach",
    severity="note",
    why="A store outside gets no snapshot: what is lost with a server is lost.",
    source="RKE2 documentation, Backup and restore, S3",
)
def snapshots(node: Node, facts: Facts, spec: Spec) -> Said:
    s3 = spec.etcd.snapshots.s3 if keeps_etcd(node, spec) else None
    return _nothing_out(
        spec,
        ([s3.endpoint] if s3 and outside(host_of(s3.endpoint), facts) else []),
        next_move="Name a store of the site as etcd.snapshots.s3.endpoint, or none.",
        say=warn,
    )


@check(
    "offline.proxy",
    "Proxy without internet",
    group="reach",
    severity="note",
    why="Nodes that are given a proxy send their requests out through it, where the site was to do without.",
    source="RKE2 documentation, Advanced options, HTTP proxy",
)
def proxy(node: Node, facts: Facts, spec: Spec) -> Said:
    given = spec.proxy
    places = dict.fromkeys(place for place in (given.https, given.http) if place) if given else {}
    return _nothing_out(
        spec,
        (f"whatever goes through {host_of(str(place))}" for place in places),
        next_move="Leave `proxy` out of the spec, unless that is how the site's registry is reached.",
        say=warn,
    )


def _nothing_out(spec: Spec, found: Iterable[str], *, next_move: str, say: Callable[..., Said] = fail) -> Said:
    """Say what goes out; nothing to say where all comes from the internet anyhow."""
    if spec.source.kind == "online":
        return ok(ONLINE)
    out = list(dict.fromkeys(found))
    if not out:
        return ok("nothing goes out")
    return say(f"would go out: {listed(out)}", wanted=INSIDE, next_move=next_move)
