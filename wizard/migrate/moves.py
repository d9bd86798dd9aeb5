"""The order of the moves from the old cluster to the new one: what is done, how it is proven, and the way back."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wizard.migrate.inventory import Inventory
from wizard.migrate.old import Old
from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Move:
    """One step; the old cluster serves on until a later one says otherwise."""

    title: str
    do: tuple[str, ...]
    prove: str
    back: str

    def record(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def moves(old: Old, found: Inventory, removed: Sequence[str]) -> tuple[Move, ...]:
    """Return all moves in their order; those that the inventory shows no need for are left out."""
    return tuple(_moves(old, found, removed))


def _moves(old: Old, found: Inventory, removed: Sequence[str]) -> Iterator[Move]:
    yield _keep(old)
    yield _ready(found, removed)
    yield _build(old)
    yield _base(found)
    yield _stateless(found)
    if found.volumes or not found.members:
        yield _data(found)
    yield from _balancer()
    yield _names(found)
    if found.rancher:
        yield _rancher(found)
    yield _rest(old)
    yield _end(old)


def _keep(old: Old) -> Move:
    return Move(
        "Back up the old cluster, and keep it whole to the end",
        (
            old.save("before-rke2"),
            f"Keep {old.place}, its .rkestate and kube_config_… beside the snapshot, sealed, on another machine: "
            "with rancher-wizard, `rke1 state list` shows the sealed copies.",
            "Back up what applications keep (databases by their own dumps), and restore one of them for trial.",
        ),
        prove="The snapshot is on another machine; a restored dump can be read.",
        back="Nothing was changed.",
    )


def _ready(found: Inventory, removed: Sequence[str]) -> Move:
    do = [f"Manifests with {one}" for one in removed]
    do += [f"{each.name} {each.why}: RKE2 has no Docker" for each in found.docker]
    do += [f"Disruption budget {name} lets nobody go now: more replicas, or a wider budget." for name in found.budgets]
    do += [f"{each.name} {each.why}: give it a label that new nodes carry too." for each in found.pinned]
    do += [f"Pod security policy {name}: labels of Pod Security admission instead." for name in found.of("podsecurity")]
    do += [f"{each}: nodes of RKE2 have neither; name another label." for each in found.of("roles")]
    do.append("Lower the TTL of all names to be moved to 60 s, a day ahead.")
    do.append("Freeze changes to the old cluster from here on, but for what both get.")
    return Move(
        "Make workloads fit while they still run on the old cluster",
        tuple(do),
        prove="They run on the old cluster as before, from the manifests that the new one will get.",
        back="The manifests of before.",
    )


def _build(old: Old) -> Move:
    return Move(
        "Bring up the new cluster beside the old one",
        (
            "Put the new machines' addresses into cluster.yaml.",
            "rancher-wizard check cluster.yaml",
            "rancher-wizard plan cluster.yaml",
            "rancher-wizard apply cluster.yaml",
            "rancher-wizard snapshot save cluster.yaml",
        ),
        prove="All nodes are Ready, a snapshot lies elsewhere; pods of both clusters reach what they both need.",
        back=f"Remove the new cluster: rancher-wizard remove cluster.yaml. {old.name} is as it was.",
    )


def _base(found: Inventory) -> Move:
    do = [
        f"Custom resources of {group} ({count}): their operator first, of a release that both serve."
        for group, count in sorted(found.crds.items())
    ]
    do += [
        f"Webhook {name} stops the API while it does not answer: its pods first, then the webhook."
        for name in found.webhooks
    ]
    do += [f"API service {name}: its pods first." for name in found.aggregated]
    do += [
        f"Storage class {name}: the same name in the new cluster, so that claims stay as they are."
        for name in found.storage_classes
    ]
    do.append("Namespaces, quotas, network policies, RBAC, Secrets and pull secrets, from GitOps or by velero.")
    do.append("kubeconfigs and service account tokens of the old cluster end with it: hand out new ones.")
    return Move(
        "Bring what workloads stand on",
        tuple(do),
        prove="`kubectl get crd,storageclass` agree; a trial pod gets a volume, a name and its images.",
        back="Delete them from the new cluster; the old one serves.",
    )


def _stateless(found: Inventory) -> Move:
    with_data = {volume.claim.partition("/")[0] for volume in found.volumes if volume.claim}
    spaces = [f"{name} ({count})" for name, count in sorted(found.workloads.items()) if name not in with_data]
    listed = ", ".join(spaces) or "those without volumes"
    return Move(
        "Bring up workloads without data on both clusters",
        (
            f"By namespace: {listed}.",
            "What must run once only (consumers of queues, controllers of things outside) stays scaled to 0 in the new "
            "cluster until its turn.",
            *(
                f"Release {each}: `helm install` of the same chart under the same name; one with data in its own turn."
                for each in found.of("releases")
            ),
            *(f"CronJob {each}: `suspend: true` in the new cluster until its turn." for each in found.of("cronjobs")),
            *(f"Job {each} runs: let it end in the old cluster." for each in found.of("jobs")),
        ),
        prove="Their own health checks answer through the new cluster's ingress, asked by `curl --resolve`.",
        back="Delete them from the new cluster; the old one serves.",
    )


def _data(found: Inventory) -> Move:
    do: list[str] = []
    for volume in found.on_nodes:
        where = f" on {volume.node}" if volume.node else ""
        do.append(
            f"{volume.claim or volume.name} ({volume.size}, {volume.kind}{where}): copy its folder to the new node "
            "while it runs (rsync -aHAX --numeric-ids), scale to 0, copy once more, start it there."
        )
    others = [volume for volume in found.volumes if not volume.bound_to_node]
    for kind in dict.fromkeys(volume.kind for volume in others):
        names = [volume.claim or volume.name for volume in others if volume.kind == kind]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        do.append(f"{kind}: {', '.join(names[:5])}{more}: {_way(kind)}")
    do.append("Databases by their own replication or dump, one at a time, each with an hour of its own.")
    return Move(
        "Move workloads with data, one at a time",
        tuple(do),
        prove="Record counts or checksums agree on both sides before the new one takes writes.",
        back="Until the new one has taken writes: scale it to 0, scale the old one up. After that its data must be "
        "carried back the same way.",
    )


def _way(kind: str) -> str:
    if kind.startswith("csi"):
        return "a snapshot of the storage, or the volume itself as a static one with Retain on both sides"
    if kind == "nfs":
        return "the same export as a static volume; never mounted for writing by both"
    return "velero with file system backup, or the storage's own copy"


def _balancer() -> Iterator[Move]:
    steps, socket = profile("migrate")["weights"], profile("migrate")["socket"]
    for number, (before, after) in enumerate(steps, 1):
        first = (
            "Add the new cluster's ingress nodes to the file's backends, with weight 0; reload: no session is cut.",
            "What is told at the socket holds until the next reload: then the file's weights count again.",
            "The shares are those of as many new servers as old ones; otherwise divide each cluster's by its number.",
        )
        # Weights without a percent sign: a share of the file's weight, which is 0 for the new ones, would stay 0.
        yield Move(
            f"Balancer, step {number} of {len(steps)}: {after} % of users to the new cluster",
            (
                *(first if number == 1 else ()),
                *(
                    f"Each server of the {whose} cluster, by `socat stdio {socket}`: "
                    f"set server BACKEND/{name} weight {share}"
                    for whose, name, share in (("old", "OLD", 100 - after), ("new", "NEW", after))
                ),
                *(("Write these weights into the file too, then reload.",) if after == 100 else ()),
                "F5, A10, nginx, DNS with weights: the same shares. What is bound to a server stays where it is.",
            ),
            prove="Watch errors and latency of both for as long as a day's peak takes; `show stat` shows the shares.",
            back=f"The weights of before ({100 - before} % and {before} %): at once, no session is cut.",
        )


def _names(found: Inventory) -> Move:
    hosts = ", ".join(found.hosts[:8]) + (f" and {len(found.hosts) - 8} more" if len(found.hosts) > 8 else "")
    do = [f"Names of users: {hosts or 'those of the ingresses'}, to the new balancer or its nodes."]
    do += [f"{name}: what connects to it must be told the new address." for name in found.balancers]
    do.append("The API's names (registration.tls_sans hold them), last; kubeconfigs of CI before.")
    return Move(
        "Turn the names",
        tuple(do),
        prove="No request arrives at the old ingress for a day: its access log is empty.",
        back="The old records; with a TTL of 60 s that takes a minute.",
    )


def _rancher(found: Inventory) -> Move:
    return Move(
        f"Move Rancher {found.rancher}",
        (
            "Rancher 2.12 and later stop while RKE1 clusters or templates exist: move or delete those first.",
            "rancher-backup operator in the old cluster: a backup with its encryption configuration kept apart.",
            "In the new one: cert-manager, the backup's restore, then the same release of Rancher under the same name.",
            "Turn Rancher's name; agents of all clusters reconnect by themselves.",
        ),
        prove="All clusters are Active; the old Rancher is scaled to 0 and stays so.",
        back="Scale the new one to 0, turn the name back, scale the old one up; what was changed meanwhile is lost.",
    )


def _rest(old: Old) -> Move:
    return Move(
        "Let the old cluster rest",
        (
            old.save("last"),
            "Cordon all nodes, scale what is left to 0, stop the kubelets; leave the machines alone for two weeks.",
        ),
        prove="Nobody misses anything for two weeks, one month's end among them.",
        back="Start the kubelets, uncordon; names and weights back.",
    )


def _end(old: Old) -> Move:
    return Move(
        "Clear the old machines",
        (
            f"{old.remove}; then what it leaves: rancher-wizard check on them names it.",
            "They may join the new cluster: add them to cluster.yaml, rancher-wizard apply.",
            "Keep the last snapshot, cluster.yml and .rkestate as long as your rules say.",
        ),
        prove="rancher-wizard check finds nothing of RKE1 on them.",
        back="None from here on, but a restore of the last snapshot onto new machines.",
    )
