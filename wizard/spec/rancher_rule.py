"""What must hold between Rancher and the rest of a spec."""

from collections.abc import Iterator

from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, nearest, quoted
from wizard.spec.rancher_line import (
    cert_manager_window,
    dotted,
    line_of,
    newest_cert_manager,
    oldest_cert_manager,
    rancher_window,
    ranchers_for,
)

_HERE = ("rancher",)
_OURS = {
    "hostname": "rancher.hostname",
    "replicas": "rancher.replicas",
    "tls": "rancher.tls",
    "privateCA": "rancher.private_ca",
    "letsEncrypt.email": "rancher.email",
    "ingress.tls.source": "rancher.tls",
    "systemDefaultRegistry": "rancher.system_default_registry",
    "useBundledSystemChart": "rancher.bundled_catalogs",
}
_FIELDS_OF = {
    "email": ("letsEncrypt",),
    "environment": ("letsEncrypt",),
    "certificate": ("secret",),
    "key": ("secret",),
    "private_ca": ("secret", "external"),
    "cert_manager": ("rancher", "letsEncrypt"),
}


def kubernetes_not_too_new(spec: Spec) -> Iterator[Problem]:
    """The chart names the newest Kubernetes that it takes, and helm refuses what is newer."""
    rancher = spec.rancher
    window = rancher_window(rancher.line) if rancher else None
    line = line_of(spec.version)
    if rancher and window and line > window.highest:
        fit = ranchers_for(line)
        what = f"Rancher {rancher.version} is for Kubernetes {window}, this is {spec.version}"
        allowed = f"Rancher {' or '.join(fit)}" if fit else f"a version of v{dotted(window.highest)} at most"
        yield Problem((*_HERE, "version"), what, allowed)


def cert_manager_that_fits(spec: Spec) -> Iterator[Problem]:
    """One that is too old for Rancher, or for nothing of this Kubernetes, comes up and then fails at certificates."""
    rancher = spec.rancher
    if rancher is None or rancher.cert_manager is None:
        return
    line, oldest = line_of(rancher.cert_manager), oldest_cert_manager(rancher.line)
    window = cert_manager_window(line)
    path, newest = (*_HERE, "cert_manager"), newest_cert_manager(line_of(spec.version))
    allowed = f"such as {newest}" if newest else "one for this Kubernetes"
    if oldest and line < oldest:
        yield Problem(path, f"Rancher {rancher.version} wants cert-manager v{dotted(oldest)} at least", allowed)
    elif window and line_of(spec.version) not in window:
        what = f"cert-manager {rancher.cert_manager} is for Kubernetes {window}, this is {spec.version}"
        yield Problem(path, what, allowed)


def known_cert_manager(spec: Spec) -> Iterator[Problem]:
    """Where none is pinned and none is known, there is none to install."""
    rancher = spec.rancher
    unpinned = rancher is not None and rancher.wants_cert_manager and rancher.cert_manager is None
    if unpinned and newest_cert_manager(line_of(spec.version)) is None:
        what = f"no cert-manager is known for {spec.version}"
        yield Problem((*_HERE, "cert_manager"), what, "a pinned release, such as v1.20.3")


def fields_of_their_way(spec: Spec) -> Iterator[Problem]:
    """A certificate that nobody reads would be thought to be in use."""
    rancher = spec.rancher
    if rancher is None:
        return
    for field, ways in _FIELDS_OF.items():
        if field in rancher.model_fields_set and getattr(rancher, field) is not None and rancher.tls not in ways:
            yield Problem((*_HERE, field), f"is not read when tls is {rancher.tls}", f"tls: {' or '.join(ways)}")
    if rancher.tls == "letsEncrypt" and rancher.email is None:
        yield Problem((*_HERE, "email"), "is missing", "where Let's Encrypt writes to when certificates run out")
    if rancher.tls == "secret":
        for field in ("certificate", "key"):
            if getattr(rancher, field) is None:
                yield Problem((*_HERE, field), "is missing", "a PEM file; tls: secret is about your own certificate")
    if rancher.charts and "repository" in rancher.model_fields_set:
        yield Problem((*_HERE, "repository"), "is not read beside charts", "one of the two")
    if rancher.helm and rancher.how == "manifests":
        yield Problem((*_HERE, "helm"), "is not run when how is manifests", "how: helm, or no helm")


def tls_ends_once(spec: Spec) -> Iterator[Problem]:
    """Where the balancer and Rancher disagree on who ends TLS, browsers are sent round in circles."""
    rancher, front = spec.rancher, spec.balancer
    if rancher is None or front is None:
        return
    path = (*_HERE, "tls")
    if front.mode == "http" and rancher.tls != "external":
        yield Problem(path, f"is {rancher.tls}, and the balancer in mode http ends TLS", "external, or mode: tcp")
    if front.mode == "tcp" and front.kind != "external" and rancher.tls == "external":
        yield Problem(path, f"is external, and {front.kind} passes TLS through", "another one, or balancer.mode: http")
    if front.mode == "http" and not any(leads(host, rancher.hostname) for host in front.hosts):
        what = f"{quoted(rancher.hostname)} leads nowhere: the balancer does not know it"
        yield Problem((*_HERE, "hostname"), what, "the same name in balancer.hosts")


def reachable_ca(spec: Spec) -> Iterator[Problem]:
    """Agents that are strict look for the CA in Rancher, where the chart has cleared it."""
    rancher = spec.rancher
    if rancher and rancher.public_ca and rancher.values.get("agentTLSMode") == "strict":
        path = (*_HERE, "values", "agentTLSMode")
        yield Problem(path, "strict wants a CA that Rancher knows", "private_ca, or agentTLSMode: system-store")


def room_for_replicas(spec: Spec) -> Iterator[Problem]:
    """Pods that may not share a node wait for ever where there are too few."""
    rancher = spec.rancher
    alone = rancher is not None and rancher.values.get("antiAffinity") == "required"
    if rancher and alone and (rancher.replicas or 0) > len(spec.nodes):
        what = f"{rancher.replicas} pods may not share a node, and there are {len(spec.nodes)} nodes"
        yield Problem((*_HERE, "replicas"), what, f"{len(spec.nodes)} at most, or antiAffinity: preferred")


def a_way_in(spec: Spec) -> Iterator[Problem]:
    """Without an ingress controller nothing leads to Rancher's name."""
    rancher = spec.rancher
    if rancher and spec.ingress == "none" and not {"ingress", "networkExposure"} & rancher.values.keys():
        what = "Rancher is reached by an ingress, and there is none"
        yield Problem(("ingress",), what, "traefik, or rancher.values.networkExposure for a gateway of yours")


def values_beside_ours(spec: Spec) -> Iterator[Problem]:
    """What has a field here stands there once; the password stands nowhere in the clear."""
    values = spec.rancher.values if spec.rancher else {}
    path = (*_HERE, "values")
    if "bootstrapPassword" in values:
        yield Problem(
            (*path, "bootstrapPassword"),
            "is a secret in the clear",
            "rancher.bootstrap_password: {env: NAME} or {file: PATH}",
        )
    for key, field in _OURS.items():
        if _look(values, key.split(".")) is not None:
            yield Problem(_path(path, key), "has a field of its own", field)


def kubernetes_not_too_old(spec: Spec) -> Iterator[Problem]:
    """No chart refuses a cluster that is too old; SUSE's matrix does."""
    rancher = spec.rancher
    window = rancher_window(rancher.line) if rancher else None
    if rancher and window is None:
        what = f"nothing is known of Rancher {dotted(rancher.line)}"
        yield Problem((*_HERE, "version"), what, f"{', '.join(profile('rancher')['lines'])} are")
    if rancher and window and line_of(spec.version) < window.lowest:
        what = f"Rancher {rancher.version} is supported on Kubernetes {window}, this is {spec.version}"
        fit = ranchers_for(line_of(spec.version))
        yield Problem((*_HERE, "version"), what, f"Rancher {' or '.join(fit)}" if fit else "a newer Kubernetes")


def few_replicas(spec: Spec) -> Iterator[Problem]:
    """One pod is gone while its node restarts."""
    rancher = spec.rancher
    if rancher and rancher.replicas == 1 and len(spec.nodes) > 1:
        yield Problem((*_HERE, "replicas"), "one pod is away whenever its node is", "3")


def cut_off(spec: Spec) -> Iterator[Problem]:
    """Without internet, Rancher waits for its catalogs, and Let's Encrypt for nobody."""
    rancher = spec.rancher
    if rancher is None or not (rancher.charts or spec.source.kind == "bundle"):
        return
    if not rancher.bundled_catalogs:
        yield Problem((*_HERE, "bundled_catalogs"), "without internet Rancher waits long for catalogs", "true")
    if rancher.tls == "letsEncrypt":
        yield Problem((*_HERE, "tls"), "Let's Encrypt must reach port 80 from the internet", "rancher or secret")


def known_values(spec: Spec) -> Iterator[Problem]:
    """helm takes a mistyped key without a word."""
    known = profile("rancher")["values"]
    for key in spec.rancher.values if spec.rancher else ():
        if key not in known:
            yield Problem((*_HERE, "values", key), f"{quoted(key)} is no key of the chart", nearest(key, known))


def leads(host: str, name: str) -> bool:
    """Tell whether a host that a balancer knows, `*.` for all below, takes in a name."""
    return host == name or (host.startswith("*.") and name.endswith(host[1:]))


def _look(values: object, keys: list[str]) -> object:
    for key in keys:
        if not isinstance(values, dict):
            return None
        values = values.get(key)
    return values


def _path(start: Path, key: str) -> Path:
    return (*start, *key.split("."))


RULES = (
    kubernetes_not_too_new,
    cert_manager_that_fits,
    known_cert_manager,
    fields_of_their_way,
    tls_ends_once,
    reachable_ca,
    room_for_replicas,
    a_way_in,
    values_beside_ours,
)
WARNINGS = (kubernetes_not_too_old, few_replicas, cut_off, known_values)
