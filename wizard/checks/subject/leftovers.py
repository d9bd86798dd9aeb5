"""What other installations of Kubernetes have left on the node."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, of_rke1, ours, values
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

CLEAN = "Rancher documentation, Cleaning cluster nodes"
UNITS = {"kubelet": "kubeadm", "k3s": "k3s", "k3s-agent": "k3s", "rancher-system-agent": "Rancher's agent"}
OURS = "this cluster's own"


@check(
    "leftovers.rke2",
    "Another RKE2 cluster",
    group="leftovers",
    severity="must",
    why="A node with data of another cluster joins that one, or destroys it.",
    source="RKE2 documentation, Uninstall",
)
def rke2(node: Node, facts: Facts, spec: Spec) -> Said:
    found = _paths(facts, "/etc/rancher/rke2", "/var/lib/rancher/rke2", "/etc/rancher/node")
    active = [f"rke2-{role} runs" for role in ("server", "agent") if _active(facts, f"rke2-{role}")]
    own = ours(facts, spec) and not of_rke1(spec)
    if own or not (facts.first("x.left.marker") or active or found):
        return ok(OURS if own else "none")
    marker = facts.first("x.left.marker")
    # Image archives put there beforehand are no cluster.
    if not marker and not active and not any(path.startswith("/var/lib/rancher/rke2/server") for path in found):
        return warn(
            listed(found),
            wanted="none, or what was put there on purpose",
            next_move="Leave it if it is images laid ready; else run rke2-uninstall.sh there.",
        )
    return fail(
        listed((*active, *found)) + (f" ({marker[:90]})" if marker else ""),
        wanted=f"no RKE2 but that of {spec.name}",
        next_move=f"Take {node.name} out of the spec, or run rke2-uninstall.sh there (it deletes its data).",
    )


@check(
    "leftovers.k3s",
    "k3s",
    group="leftovers",
    severity="must",
    why="k3s holds the same ports, and its containerd the same socket paths.",
    source="k3s documentation, Uninstalling",
)
def k3s(node: Node, facts: Facts, spec: Spec) -> Said:
    found = _paths(facts, "/etc/rancher/k3s", "/var/lib/rancher/k3s", "/usr/local/bin/k3s")
    active = [f"{unit} runs" for unit in ("k3s", "k3s-agent") if _active(facts, unit)]
    if not found and not active:
        return ok("none")
    return fail(
        listed((*active, *found)),
        wanted="no k3s",
        next_move="Run k3s-uninstall.sh (or k3s-agent-uninstall.sh) there: it deletes that cluster's data on it.",
    )


@check(
    "leftovers.kubeadm",
    "kubeadm or RKE1",
    group="leftovers",
    severity="must",
    why="Their kubelet starts their pods again, on the ports that RKE2 needs.",
    source=CLEAN,
)
def kubeadm(node: Node, facts: Facts, spec: Spec) -> Said:
    found = _paths(facts, "/etc/kubernetes", "/opt/rke")
    active = ["kubelet runs"] if _active(facts, "kubelet") else []
    pods = [f"container {name}" for name in values(facts, "x.left.container")]
    own = of_rke1(spec) and ours(facts, spec)
    if own or not (found or active or pods):
        return ok(OURS if own else "none")
    return fail(
        listed((*active, *pods, *found)),
        wanted="no other Kubernetes",
        next_move="Run `kubeadm reset` or `rke remove` for that cluster, then delete these files; reboot.",
    )


@check(
    "leftovers.cni",
    "Network plug-ins' files",
    group="leftovers",
    severity="must",
    why="containerd takes the first file of /etc/cni/net.d: pods get the network of a plug-in that is gone.",
    source=CLEAN,
)
def cni(node: Node, facts: Facts, spec: Spec) -> Said:
    return _none(
        facts,
        spec,
        "x.left.cni",
        wanted="an empty /etc/cni/net.d",
        next_move="Delete these files there, unless a running engine needs them.",
    )


@check(
    "leftovers.links",
    "Network plug-ins' interfaces",
    group="leftovers",
    severity="should",
    why="Their routes and addresses clash with those of the new plug-in.",
    source=CLEAN,
)
def links(node: Node, facts: Facts, spec: Spec) -> Said:
    return _none(
        facts,
        spec,
        "x.left.link",
        wanted="none of them",
        next_move=f"Reboot {node.name}, or delete them with `ip link delete`.",
    )


@check(
    "leftovers.chains",
    "Packet rules of Kubernetes",
    group="leftovers",
    severity="should",
    why="Rules of a cluster that is gone still send service addresses nowhere.",
    source=CLEAN,
)
def chains(node: Node, facts: Facts, spec: Spec) -> Said:
    return _none(
        facts,
        spec,
        "x.left.chain",
        wanted="none of them",
        next_move=f"Reboot {node.name}: rules do not outlive a boot.",
    )


@check(
    "leftovers.processes",
    "Processes of Kubernetes",
    group="leftovers",
    severity="must",
    why="They hold ports, files and mounts that the new ones need.",
    source=CLEAN,
)
def processes(node: Node, facts: Facts, spec: Spec) -> Said:
    return _none(
        facts,
        spec,
        "x.left.process",
        wanted="none of them",
        next_move="Uninstall what they belong to; rke2-killall.sh or k3s-killall.sh ends what a stopped unit left.",
    )


@check(
    "leftovers.mounts",
    "Mounts of pods",
    group="leftovers",
    severity="should",
    why="Folders that are still mounted can't be deleted, and hold volumes that belong to others.",
    source=CLEAN,
)
def mounts(node: Node, facts: Facts, spec: Spec) -> Said:
    return _none(facts, spec, "x.left.mount", wanted="none of them", next_move=f"Unmount them, or reboot {node.name}.")


@check(
    "leftovers.agent",
    "Rancher's agent",
    group="leftovers",
    severity="must",
    why="A node that a Rancher server manages is set back by its agent whenever something changes.",
    source="Rancher documentation, rancher-system-agent",
)
def agent(node: Node, facts: Facts, spec: Spec) -> Said:
    found = _paths(facts, "/var/lib/rancher/agent")
    if not _active(facts, "rancher-system-agent"):
        return ok("its files are there, it does not run" if found else "none")
    return fail(
        "rancher-system-agent runs",
        wanted="a node that no Rancher server manages",
        next_move="Delete the cluster in Rancher, or run rancher-system-agent-uninstall.sh there.",
    )


def _none(facts: Facts, spec: Spec, key: str, *, wanted: str, next_move: str) -> Said:
    """Judge what must not be there unless this cluster brought it."""
    found = values(facts, key)
    if not found or ours(facts, spec):
        return ok(OURS if found else "none")
    return fail(listed(found), wanted=wanted, next_move=next_move)


def _paths(facts: Facts, *prefixes: str) -> list[str]:
    return [path for path in values(facts, "x.left.path") if path.startswith(prefixes)]


def _active(facts: Facts, unit: str) -> bool:
    return facts.units.get(unit, ("", ""))[0] == "active"
