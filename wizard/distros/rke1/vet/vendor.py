"""What `rke` refuses in a cluster.yml, in its words and its order.

Source: rancher/rke release/v1.6, cluster/validation.go, cluster/hosts.go and cluster/cluster.go.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping

from wizard.distros.rke1.vet.config import Config, path_of, roles, rules, word
from wizard.distros.rke1.vet.table import applies, judged
from wizard.spec import rke1_version
from wizard.spec.kubernetes import is_dns_name
from wizard.spec.problem import Path, Problem
from wizard.spec.rke1 import PLANES

_VERSION = re.compile(r"v(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?")
_RKE1 = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+-rancher[0-9]+(-[0-9]+)?")
_SUBDOMAIN = (
    "[a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character]"
)
_S3_CA = "services.etcd.backup_config.s3backupconfig.custom_ca"
_SERVICE_RANGE = "services.kube-api.service_cluster_ip_range"
_DUAL = ("calico", "aci")


def refused(config: Config) -> Iterator[Problem]:
    """Yield what `rke` refuses, what it would say first coming first."""
    for rule in rules()["rules"]:
        if "check" in rule:
            yield from _CHECKS[rule["check"]](config)
        elif found := judged(rule, config):
            yield found


def _version_form(config: Config) -> Iterator[Problem]:
    version = config.version
    if version and not version.startswith("v"):
        yield Problem(("kubernetes_version",), f"{version} is not valid version")
    elif version and not _VERSION.fullmatch(version):
        yield Problem(("kubernetes_version",), f"{version} is not valid semver")


def _service_range(config: Config) -> Iterator[Problem]:
    for cidr in config.text(_SERVICE_RANGE).split(","):
        try:
            ipaddress.ip_interface(cidr if "/" in cidr else "-")
        except ValueError:
            said = "Failed to get kubernetes service IP from Kube API option [service_cluster_ip_range]"
            yield Problem(path_of(_SERVICE_RANGE), f"{said}: invalid CIDR address: {cidr}")


def _roles(config: Config) -> Iterator[Problem]:
    for index, node in config.nodes():
        for place, role in enumerate(roles(node)):
            if role not in PLANES:
                said = f"Failed to recognize host [{word(node, 'address')}] role {role}"
                yield Problem(("nodes", index, "role", place), said)


def _version(config: Config) -> Iterator[Problem]:
    version = config.version
    if not version or next(_version_form(config), None) or rke1_version.known(version):
        return
    if _RKE1.fullmatch(version) and rke1_version.known_minor(version):
        return  # may be one that is newer than our profile: a doubt, not a fault
    images = config.raw("system_images")
    named = images if isinstance(images, Mapping) else {}
    for image in rules()["images"]:
        if applies(image, config) and not named.get(image["key"]):
            said = f"{version} is an unsupported Kubernetes version and system images are not populated"
            yield Problem(("kubernetes_version",), f"{said}: {image['said']}")
            return


def _duplicates(config: Config) -> Iterator[Problem]:
    seen: dict[str, set[str]] = {"address": set(), "hostname_override": set()}
    for index, node in config.nodes():
        # An override that is left out is the address.
        named = {"address": word(node, "address"), "hostname_override": _host_name(node)}
        for key, value in named.items():
            if value in seen[key]:
                yield Problem(("nodes", index, key), f"Cluster can't have duplicate node: {value}")
                break
            seen[key].add(value)


def _hosts(config: Config) -> Iterator[Problem]:
    for index, node in config.nodes():
        for key, named in (("address", "Address"), ("user", "User"), ("role", "Role")):
            if not node.get(key):
                yield Problem(("nodes", index, key), f"{named} for host ({index + 1}) is not provided")
        name = _host_name(node)
        if name and not is_dns_name(name):
            said = f"Hostname_override [{name}] for host ({index + 1}) is not valid: {_SUBDOMAIN}"
            yield Problem(("nodes", index, "hostname_override"), said)


def _host_name(node: Mapping[str, object]) -> str:
    return (word(node, "hostname_override") or word(node, "address")).lower()


def _strategies(config: Config) -> Iterator[Problem]:
    path: Path = ("authentication", "strategy")
    strategies = [each.strip().lower() for each in config.text("authentication.strategy").split("|")]
    for strategy in strategies:
        if strategy not in ("x509", "webhook"):
            yield Problem(path, f"Authentication strategy [{strategy}] is not supported")
    if "x509" not in strategies:
        yield Problem(path, "Authentication strategy must contain [x509]")


def _families(config: Config) -> Iterator[Problem]:
    plugin = config.text("network.plugin")
    ranges = (_SERVICE_RANGE, "services.kube-controller.cluster_cidr")
    if any("," in config.text(each) for each in ranges) and plugin not in _DUAL:
        yield Problem(("network", "plugin"), f"Network plugin [{plugin}] does not support IPv6 (dualstack)")


def _s3_ca(config: Config) -> Iterator[Problem]:
    given = config.text(_S3_CA)
    if given and "-----BEGIN CERTIFICATE-----" not in given:
        said = "data does not contain any valid RSA or ECDSA certificates"
        yield Problem(path_of(_S3_CA), f"invalid S3 endpoint CA certificate: {said}")


def _etcd_hosts(config: Config) -> Iterator[Problem]:
    outside = config.raw("services.etcd.external_urls")
    inside = config.with_role("etcd")
    if not inside and not outside:
        said = "Cluster must have at least one etcd plane host: please specify one or more etcd in cluster config"
        yield Problem(("nodes",), said)
    if inside and outside:
        yield Problem(("services", "etcd", "external_urls"), "Cluster can't have both internal and external etcd")


_CHECKS: Mapping[str, Callable[[Config], Iterator[Problem]]] = {
    "version_form": _version_form,
    "service_range": _service_range,
    "roles": _roles,
    "version": _version,
    "duplicates": _duplicates,
    "hosts": _hosts,
    "strategies": _strategies,
    "families": _families,
    "s3_ca": _s3_ca,
    "etcd_hosts": _etcd_hosts,
}
