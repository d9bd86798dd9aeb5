"""What a spec makes nodes and this machine fetch beside the release: images of charts, charts, packages."""

from collections.abc import Iterator

from wizard.checks.place import host_of
from wizard.checks.seen import values
from wizard.hosts.facts import Facts
from wizard.hosts.system import system_names
from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.rancher import CHANNELS
from wizard.spec.rancher_line import line_of, newest_cert_manager


def image_hosts(spec: Spec) -> dict[str, str]:
    """Return where nodes pull images from, host → the part of the site that they are for.

    RKE2's own lie in archives that are sent along. Those of RKE1, and of what is on top of either, are brought out of a
    bundle unless the spec names a registry for them.
    """
    found: dict[str, str] = {}
    registries = spec.registries
    for mirror in registries.mirrors.values():
        for endpoint in mirror.endpoint:
            found.setdefault(host_of(str(endpoint)), "what is pulled from a mirror")
    if registries.system_default_registry:
        found.setdefault(host_of(registries.system_default_registry), spec.distribution.upper())
    elif spec.distribution == "rke1" and spec.source.kind != "bundle":
        found.setdefault("docker.io", "RKE1")
    for part, registry in _registries(spec):
        if not registries.mirrored(registry):
            found.setdefault(host_of(registry), part)
    return {host: part for host, part in found.items() if host}


def charts(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield the charts that do not lie at hand, each with the repository that it would be fetched from."""
    if spec.source.kind == "bundle":  # what is not in it is refused when it is asked for
        return
    known, rancher = profile("rancher")["repositories"], spec.rancher
    if rancher and rancher.charts is None:
        place = known[rancher.repository] if rancher.repository in CHANNELS else rancher.repository
        yield f"Rancher {rancher.version}", str(place)
        if rancher.wants_cert_manager:
            version = rancher.cert_manager or newest_cert_manager(line_of(spec.version)) or ""
            yield f"cert-manager {version}".rstrip(), str(known["cert_manager"])
    if spec.metallb and spec.metallb.chart is None:
        yield f"MetalLB {spec.metallb.version}", str(profile("metallb")["chart"]["repository"])


def packages(spec: Spec, facts: Facts) -> Iterator[str]:
    """Yield the packages that a node needs for the spec, and has neither itself nor in the spec's source."""
    known = profile("artifacts")["packages"]
    families = {system: row["family"] for system, row in known["systems"].items()}
    systems = system_names(facts)
    family = next((families[system] for system in systems if system in families), "")
    for purpose, program in profile("places")["programs"].items():
        if not _wanted(spec, purpose) or program in values(facts, "x.tool"):
            continue
        for name in known["purposes"][purpose].get(family, [purpose]):
            if not carried(facts, name):
                yield name


def front_packages(spec: Spec, facts: Facts) -> Iterator[str]:
    """Yield the packages that a balancer of ours lacks, as `packages` does."""
    wanted = ("haproxy", "socat", *(("keepalived",) if spec.balancer and spec.balancer.vip else ()))
    for name in wanted:
        if not carried(facts, name) and name not in values(facts, "x.tool"):
            yield name


def carried(facts: Facts, name: str) -> bool:
    """Whether the spec's source has a package for a node's system."""
    there = values(facts, "x.carried")
    return any(_is(name, system, each) for system in system_names(facts) for each in there)


def _registries(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield the parts whose images no archive brings, each with the registry that they are named after."""
    own, rancher, site = profile("places")["registries"], spec.rancher, spec.registries.system_default_registry
    # RKE1's Docker is given nothing once the site has a registry: what is not in there is asked for outside.
    brought = spec.source.kind == "bundle" and (spec.distribution == "rke2" or (spec.engine == "rke1" and not site))
    default = (rancher.system_default_registry if rancher else None) or site
    if rancher and (default or not brought):
        yield "Rancher", default or own["rancher"]
        if rancher.wants_cert_manager:
            yield "cert-manager", default or own["cert_manager"]
    if brought:
        return
    if spec.metallb:
        yield "MetalLB", (site if spec.engine == "rke1" else None) or own["metallb"]
    if spec.balancer and spec.balancer.kind == "kube-vip":
        yield "kube-vip", own["kube_vip"]
    if spec.storage.kind == "longhorn":
        yield "Longhorn", own["longhorn"]


def _wanted(spec: Spec, purpose: str) -> bool:
    kind, shared = spec.storage.kind, spec.storage.shared
    return {"iscsi": kind == "longhorn", "nfs": kind == "nfs" or (kind == "longhorn" and shared)}.get(purpose, True)


def _is(name: str, system: str, carried: str) -> bool:
    """Whether `debian-12/iptables`, or a file such as `debian-12/iptables_1.8.9_amd64.deb`, is a package's."""
    there, _, file = carried.partition("/")
    return there == system and (file == name or file.startswith((f"{name}_", f"{name}-")))
