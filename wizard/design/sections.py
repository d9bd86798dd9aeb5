"""The sections of a spec that are there only when somebody wants them, out of answers: balancer, metallb, rancher."""

from collections.abc import Iterator
from typing import Any

from wizard.design.answers import Answers
from wizard.design.machine import Machine
from wizard.design.tree import Path
from wizard.spec.address import as_ip
from wizard.spec.rancher_rule import leads

Field = tuple[Path, Any, str]
"""Where a field stands, its value (None: it is not there), and its question; "" where several lead to it."""
POOL = "apps"
"""The name of MetalLB's pool that questions ask for."""
HTTP_TLS = "external"
# Answers that stand in these sections as they are, by the question's key.
BALANCER: dict[str, Path] = {
    "balancer_mode": ("balancer", "mode"),
    "balancer_cert": ("balancer", "tls", "certificate"),
    "balancer_key": ("balancer", "tls", "key"),
    "vip": ("balancer", "vip"),
    "vip_interface": ("balancer", "interface"),
}
METALLB: dict[str, Path] = {"metallb_chart": ("metallb", "chart")}
RANCHER: dict[str, Path] = {
    "rancher_hostname": ("rancher", "hostname"),
    "rancher_version": ("rancher", "version"),
    "rancher_email": ("rancher", "email"),
    "rancher_cert": ("rancher", "certificate"),
    "rancher_key": ("rancher", "key"),
    "rancher_ca": ("rancher", "private_ca"),
    "rancher_replicas": ("rancher", "replicas"),
    "rancher_charts": ("rancher", "charts"),
}
KEYS: dict[str, frozenset[str]] = {
    "balancer": frozenset(("balancer", "balancer_nodes", "balancer_inner", "balancer_hosts", *BALANCER)),
    "metallb": frozenset(("metallb", "metallb_pool", "metallb_ingress", *METALLB)),
    "rancher": frozenset(("rancher", "rancher_tls", *RANCHER)),
}
"""The questions whose answers end in each of these sections."""


def section_fields(answers: Answers) -> Iterator[Field]:
    """Yield the fields of all three sections; those of one that is not wanted, or not known enough yet, are None."""
    yield from _balancer(answers)
    yield from _metallb(answers)
    yield from _rancher(answers)


def front_kind(answers: Answers) -> str | None:
    """Return what the spec says stands in front; None where that is nothing, or where nothing can be set up yet."""
    match answers.word("balancer"):
        case "haproxy" | "haproxy-single" if answers.words("balancer_nodes"):
            return "haproxy"
        case "kube-vip" if answers["vip"]:
            return "kube-vip"
        case "external" if answers["vip"] or answers.stated("balancer"):
            return "external"
    return None


def front_address(answers: Answers) -> str | None:
    """Return the address that clients connect to in front of the servers; None where there is none or it is a name."""
    if front_kind(answers) is None:
        return None
    if answers["vip"]:
        return answers.word("vip")
    machines = entries(answers)
    address = str(machines[0].get("internal_address", machines[0]["address"])) if machines else ""
    return address if as_ip(address) else None


def entries(answers: Answers) -> list[dict[str, Any]]:
    """Return the balancer's machines as the spec lists them."""
    inner = answers.words("balancer_inner")
    machines = [Machine.read(text) for text in answers.words("balancer_nodes")]
    return [
        machine.entry(usual_name=usual_name(place), inner=inner[place] if place < len(inner) else "")
        for place, machine in enumerate(machines)
    ]


def usual_name(place: int) -> str:
    """Return what a balancer's machine is called when nobody names it; places count from 0."""
    return f"lb-{place + 1}"


def with_rancher(hosts: list[str], name: str | None) -> list[str]:
    """Return the names that lead to a cluster with that of its Rancher among them."""
    return [*hosts, name] if name and not any(leads(host, name) for host in hosts) else hosts


def has_rancher(answers: Answers) -> bool:
    """Tell whether the spec gets a Rancher."""
    return answers.yes("rancher") and answers["rancher_hostname"] is not None


def _balancer(answers: Answers) -> Iterator[Field]:
    kind = front_kind(answers)
    yield ("balancer", "kind"), kind, "balancer"
    yield ("balancer", "nodes"), entries(answers) or None, "balancer_nodes"
    for key, path in BALANCER.items():
        yield path, answers[key] if kind else None, key
    yield ("balancer", "hosts"), _hosts(answers) if kind else None, "balancer_hosts"


def _hosts(answers: Answers) -> list[str] | None:
    """Return the names that lead to the cluster where TLS ends in front of it."""
    name = answers.word("rancher_hostname") if has_rancher(answers) else None
    hosts = with_rancher(list(answers.words("balancer_hosts")), name)
    return hosts if answers["balancer_mode"] == "http" and hosts else None


def _metallb(answers: Answers) -> Iterator[Field]:
    addresses = list(answers.words("metallb_pool"))
    pool = {"name": POOL, "addresses": addresses}
    exposed = addresses and answers.yes("metallb_ingress") and answers["ingress"] != "none"
    yield ("metallb", "pools"), [pool] if addresses else None, "metallb_pool"
    yield ("metallb", "expose_ingress"), {"pool": POOL} if exposed else None, "metallb_ingress"
    for key, path in METALLB.items():
        yield path, answers[key] if addresses else None, key


def _rancher(answers: Answers) -> Iterator[Field]:
    there = has_rancher(answers)
    for key, path in RANCHER.items():
        yield path, answers[key] if there else None, key
    http = answers["balancer_mode"] == "http"
    tls = HTTP_TLS if http else answers["rancher_tls"]
    yield ("rancher", "tls"), tls if there else None, "balancer_mode" if http else "rancher_tls"
    if there and answers["airgap"] != "online":
        # Without internet Rancher waits long for catalogs that it has in its own image.
        yield ("rancher", "bundled_catalogs"), True, ""
