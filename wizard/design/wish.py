"""What the answers come to, typed: the one place where the recommendation reads them."""

from dataclasses import dataclass

from wizard.design.answers import Answers

_NODES_AWAY = {"none": 0, "node": 1, "node_in_maintenance": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator wants, or is taken to want where a question is open."""

    stated: frozenset[str]
    """Keys of the questions that were answered."""
    nodes_away: int
    """How many nodes may be away at once: 0, 1 (one lost), 2 (one lost while another is in maintenance)."""
    survives_site: bool
    """The loss of a whole data centre must be survived."""
    several_environments: bool
    mixes_production: bool
    distribution: str
    """rke2, rke1, rancherd or unsure."""
    version: str
    sites: int
    zones: int
    """Zones that fail separately; the data centres where there are several."""
    latency_ms: int
    pods: int
    pod_cpu_m: int
    pod_memory_mib: int
    pod_cpu_max_m: int
    pod_memory_max_mib: int
    growth_percent: int
    pods_per_node: int
    node_mask: int
    gpu_nodes: int
    storage: str
    """none, local-path, longhorn, nfs or csi."""
    rwx: bool
    data_gib: int
    rancher: bool
    managed_clusters: int
    monitoring: bool
    ingress: bool
    cni: str
    cluster_cidrs: tuple[str, ...]
    service_cidrs: tuple[str, ...]
    node_networks: tuple[str, ...]
    architectures: tuple[str, ...]
    windows: bool
    balancer: str
    snapshots_kept: int

    def said(self, key: str) -> str:
        """Return how a sentence about an answer begins: `You said`, or `Assumed` where the question is open."""
        return "You said" if key in self.stated else "Assumed"


def wish(answers: Answers) -> Wish:
    """Take answers; return what they come to."""
    number, word, yes = answers.number, answers.word, answers.yes
    sites = number("data_centres")
    return Wish(
        stated=frozenset(key for key in answers if answers.stated(key)),
        nodes_away=_NODES_AWAY[word("availability")],
        survives_site=sites > 1 and yes("data_centre_loss"),
        several_environments=word("environments") == "several",
        mixes_production=yes("mixes_production"),
        distribution=word("distribution"),
        version=word("version"),
        sites=sites,
        zones=sites if sites > 1 else number("zones"),
        latency_ms=number("latency_ms"),
        pods=number("pods"),
        pod_cpu_m=number("pod_cpu_m"),
        pod_memory_mib=number("pod_memory_mib"),
        pod_cpu_max_m=max(number("pod_cpu_m"), number("pod_cpu_max_m")),
        pod_memory_max_mib=max(number("pod_memory_mib"), number("pod_memory_max_mib")),
        growth_percent=number("growth_percent"),
        pods_per_node=number("pods_per_node"),
        node_mask=number("node_mask"),
        gpu_nodes=number("gpu_nodes") if yes("gpu") else 0,
        storage=word("storage"),
        rwx=word("access_mode") == "rwx",
        data_gib=number("data_gib"),
        rancher=yes("rancher"),
        managed_clusters=number("managed_clusters"),
        monitoring=yes("monitoring"),
        ingress=word("ingress") != "none",
        cni=word("cni"),
        cluster_cidrs=_families(answers, "cluster_cidr"),
        service_cidrs=_families(answers, "service_cidr"),
        node_networks=answers.words("node_networks"),
        architectures=answers.words("architectures"),
        windows=yes("windows"),
        balancer=word("balancer"),
        snapshots_kept=number("backup_keep"),
    )


def _families(answers: Answers, key: str) -> tuple[str, ...]:
    """Return a network of each family that is wanted."""
    keys = (key, f"{key}_v6") if answers.yes("dual_stack") else (key,)
    return tuple(answers.word(one) for one in keys)
