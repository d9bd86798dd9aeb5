"""A running cluster as its API server told it: nodes, pods, and what stands in the way of moving them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.checks.cluster.voters import votes

ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Member:
    """A node of the cluster."""

    name: str
    cordoned: bool
    conditions: Mapping[str, str]
    """Status of each condition, "True", "False" or "Unknown", by its type."""
    room: Mapping[str, float]
    """What pods may ask of it: cpu in cores, memory in bytes."""
    labels: Mapping[str, str]
    version: str
    """Of its kubelet."""

    @property
    def votes(self) -> bool:
        """Whether etcd counts its vote, if it holds etcd at all."""
        return votes(self.conditions.get("EtcdIsVoter", ""), self.version)

    @property
    def ready(self) -> bool:
        """Whether its kubelet says that it is well."""
        return self.conditions.get("Ready") == "True"


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, as far as emptying its node is concerned."""

    namespace: str
    name: str
    node: str
    phase: str
    owner_kind: str
    owner: str
    ending: bool
    """Whether it has been told to end and has not."""
    grace_s: float
    mirror: bool
    """Whether the kubelet runs it out of a file: nobody can evict it."""
    ready: bool
    empty_dirs: int
    claims: tuple[str, ...]
    selector: Mapping[str, str]
    asks: Mapping[str, float]
    """What it asks of its node: cpu in cores, memory in bytes."""
    labels: Mapping[str, str]
    waiting: tuple[str, ...]
    """Why its containers do not run: CrashLoopBackOff, ImagePullBackOff…"""
    host_paths: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name as kubectl would be given it."""
        return f"{self.namespace}/{self.name}"

    @property
    def moves(self) -> bool:
        """Whether a drain has anything to do with it: it runs, and neither a DaemonSet nor the kubelet put it there."""
        return self.phase not in ENDED and not self.mirror and self.owner_kind not in ("DaemonSet", "Node")


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget."""

    namespace: str
    name: str
    allowed: int
    healthy: int
    desired: int
    expected: int
    wants: str
    """Its own demand: "minAvailable 1" or "maxUnavailable 0"."""
    evicts_unhealthy: bool
    selector: Mapping[str, Any]

    def covers(self, pod: Pod) -> bool:
        """Tell whether it is about this pod. Source: Kubernetes, label selectors; an empty one selects all."""
        if pod.namespace != self.namespace:
            return False
        wanted = self.selector.get("matchLabels") or {}
        rules = self.selector.get("matchExpressions") or ()
        return all(pod.labels.get(key) == value for key, value in wanted.items()) and all(
            _meets(rule, pod.labels) for rule in rules
        )


@dataclass(frozen=True, slots=True)
class Webhook:
    """What the API server asks before it takes an object in."""

    configuration: str
    policy: str
    namespace: str
    service: str
    resources: tuple[str, ...]


@dataclass(slots=True)
class Live:
    """All that was told; a kind in `unknown` could not be read, for the reason there."""

    members: list[Member] = field(default_factory=list)
    pods: list[Pod] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    local: set[tuple[str, str]] = field(default_factory=set)
    """Namespace and name of claims whose data lies on one node."""
    endpoints: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The nodes of the ready endpoints of a service, by its namespace and name."""
    services_down: dict[str, str] = field(default_factory=dict)
    """APIs that another server answers and does not, with what is said of it."""
    stale_versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Custom resources with stored versions that are not served any more."""
    plans: list[str] = field(default_factory=list)
    failed_charts: list[str] = field(default_factory=list)
    deployments: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """The chart and the version that the labels of a deployment tell, by its namespace and name."""
    writers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Objects, by resource and the API version that one of their writers used."""
    unknown: dict[str, str] = field(default_factory=dict)


def _meets(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule.get("key", ""), rule.get("values") or ()
    match rule.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
