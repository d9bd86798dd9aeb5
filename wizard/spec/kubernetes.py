"""The syntax Kubernetes wants of names, labels and taints.

Source: kubernetes.io/docs/concepts/overview/working-with-objects (names, labels) and the kubelet's own check of
node labels (NodeRestriction).
"""

import re

from wizard.spec.fault import fault
from wizard.spec.problem import quoted, shorten

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
# A kubelet that is given any other label of these domains does not start.
_RESERVED = ("kubernetes.io", "k8s.io")
_KUBELET_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
_KUBELET_LABELS = frozenset(
    (
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    )
)


def is_dns_label(text: str) -> bool:
    """Tell whether a text is one DNS label: lower case, at most 63 characters."""
    return bool(_LABEL.fullmatch(text))


def is_dns_name(text: str) -> bool:
    """Tell whether a text is DNS labels joined by dots, at most 253 characters."""
    return len(text) <= 253 and all(is_dns_label(part) for part in text.split("."))


def cluster_name(text: str) -> str:
    """Take a cluster's name; return it, or raise a fault."""
    if is_dns_label(text):
        return text
    raise fault(f"{quoted(text)} is not a DNS label", "lower case letters, digits and inner hyphens, at most 63")


def node_name(text: str) -> str:
    """Take a node's name; return it, or raise a fault."""
    if len(text) > 63:
        raise fault(f"{quoted(text)} has {len(text)} characters", "at most 63")
    if text == "localhost":
        raise fault("'localhost' is the name of every machine", "a name of its own for each node")
    if is_dns_name(text):
        return text
    raise fault(
        f"{quoted(text)} is not a node name",
        "lower case letters, digits, hyphens and dots, beginning and ending with a letter or digit",
    )


def label_value(text: str) -> str:
    """Take a label's value (or a zone); return it, or raise a fault."""
    if not text or _NAME.fullmatch(text):
        return text
    raise fault(
        f"{quoted(text)} is not a label value",
        "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    )


def label_key(text: str) -> str:
    """Take a label's key, `name` or `domain/name`; return it, or raise a fault."""
    _check_key(text, "label")
    domain = text.partition("/")[0] if "/" in text else ""
    if _within(domain, _RESERVED) and not _within(domain, _KUBELET_DOMAINS) and text not in _KUBELET_LABELS:
        raise fault(
            f"the kubelet refuses to set {quoted(text)} on its own node",
            "a domain of your own, node.kubernetes.io/… or topology.kubernetes.io/zone",
        )
    return text


def selector_key(text: str) -> str:
    """Take the key of a label that is looked for, whoever sets it; return it, or raise a fault."""
    _check_key(text, "label")
    return text


def taint(text: str) -> str:
    """Take a taint, `key[=value]:Effect`; return it, or raise a fault."""
    pair, colon, effect = text.rpartition(":")
    if not colon or effect not in EFFECTS:
        shown = shorten(effect if colon else text)
        raise fault(f"'{shown}' is not a taint's effect", f"key=value:Effect, with one of {', '.join(EFFECTS)}")
    key, _, value = pair.partition("=")
    _check_key(key, "taint")
    if value and not _NAME.fullmatch(value):
        raise fault(f"{quoted(value)} is not a taint's value", "at most 63 letters, digits, '-', '_' and '.'")
    return text


def _check_key(text: str, kind: str) -> None:
    domain, slash, name = text.rpartition("/")
    if (slash and not is_dns_name(domain)) or not _NAME.fullmatch(name):
        raise fault(
            f"{quoted(text)} is not a {kind} key", "name or domain/name; at most 63 letters, digits, '-', '_', '.'"
        )


def _within(domain: str, domains: tuple[str, ...]) -> bool:
    return any(domain == known or domain.endswith("." + known) for known in domains)
