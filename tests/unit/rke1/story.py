"""The lines of a whole first run and of an upgrade, in the order in which rke writes them."""

from collections.abc import Iterator

from tests.unit.rke1.members import ADDRESSES, SERVERS, WORKERS

CONTROL = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


def first_run() -> Iterator[str]:
    """Yield the messages of a first run that ends well."""
    hosts = list(ADDRESSES.values())
    servers = [ADDRESSES[name] for name in SERVERS]
    yield "Running RKE version: v1.6.3"
    yield "Initiating Kubernetes cluster"
    yield "[certificates] Generating CA kubernetes certificates"
    yield "Successfully Deployed state file at [./cluster.rkestate]"
    yield "Building Kubernetes cluster"
    yield from (f"[dialer] Setup tunnel for host [{host}]" for host in hosts)
    yield "[network] Deploying port listener containers"
    yield "[network] Running etcd <-> etcd port checks"
    yield f"[network] Checking if host [{hosts[3]}] can connect to host(s) [{servers[0]}] on port(s) [6443], try #1"
    yield "[network] Removing port listener containers"
    yield "[network] Checking KubeAPI port Control Plane hosts"
    yield "[certificates] Deploying kubernetes certificates to Cluster nodes"
    yield "[reconcile] This is newly generated cluster"
    yield "Pre-pulling kubernetes images"
    yield from (f"Pulling image [rancher/hyperkube:v1.30.11-rancher1] on host [{host}], try #1" for host in hosts)
    yield "Kubernetes images pulled successfully"
    yield "[etcd] Building up etcd plane.."
    for host in servers:
        yield f"[etcd] Successfully started [etcd] container on host [{host}]"
        yield f"[etcd] Running rolling snapshot container [etcd-snapshot-once] on host [{host}]"
    yield "[etcd] Successfully started etcd plane.. Checking etcd cluster health"
    yield f"[etcd] etcd host [{servers[0]}] reported healthy=true"
    yield "[controlplane] Building up Controller Plane.."
    for service in CONTROL:
        yield from _service("controlplane", service, servers)
    yield "[controlplane] Successfully started Controller Plane.."
    yield "[authz] Creating rke-job-deployer ServiceAccount"
    yield "[worker] Building up Worker Plane.."
    for service in ("kubelet", "kube-proxy"):
        yield from _service("worker", service, hosts)
    yield "[worker] Successfully started Worker Plane.."
    yield from ending()


def upgrade(*, failed: str = "") -> Iterator[str]:
    """Yield the messages of an upgrade; the worker `failed` does not come back."""
    yield "Running RKE version: v1.6.3"
    yield "Building Kubernetes cluster"
    yield from (f"[dialer] Setup tunnel for host [{host}]" for host in ADDRESSES.values())
    yield "[network] No hosts added existing cluster, skipping port check"
    yield "Pre-pulling kubernetes images"
    yield "Kubernetes images pulled successfully"
    yield "[etcd] Building up etcd plane.."
    yield from (f"[etcd] Successfully updated [etcd] container on host [{ADDRESSES[name]}]" for name in SERVERS)
    yield "[etcd] Successfully started etcd plane.. Checking etcd cluster health"
    yield "[controlplane] Processing controlplane hosts for upgrade 1 at a time"
    for name in SERVERS:
        host = [ADDRESSES[name]]
        yield f"Processing controlplane host {name}"
        yield f"[controlplane] Now checking status of node {name}, try #1"
        yield f"Upgrading controlplane components for control host {name}"
        for service in CONTROL:
            yield from _service("controlplane", service, host)
        yield f"Upgrading workerplane components for control host {name}"
        for service in ("kubelet", "kube-proxy"):
            yield from _service("worker", service, host)
    yield "[controlplane] Successfully upgraded Controller Plane.."
    yield "[worker] Upgrading Worker Plane.."
    yield "Now checking and upgrading worker components on nodes with only worker role 2 at a time"
    for name in WORKERS:
        yield f"[workerplane] Processing host {name}"
        if name != failed:
            for service in ("kubelet", "kube-proxy"):
                yield from _service("worker", service, [ADDRESSES[name]])
    if failed:
        yield f"Failed to upgrade hosts: {failed} with error [host {failed} not ready]"
    yield "[worker] Successfully upgraded Worker Plane.."
    yield from ending()


def rotation(*, etcd: bool = True) -> Iterator[str]:
    """Yield the messages of `rke cert rotate`; without `etcd` where it is for services that are not etcd's."""
    hosts = list(ADDRESSES.values())
    servers = [ADDRESSES[name] for name in SERVERS]
    yield "Running RKE version: v1.6.3"
    yield "Initiating Kubernetes cluster"
    yield "Rotating Kubernetes cluster certificates"
    yield "[certificates] Generating kubernetes certificates"
    yield "Rebuilding Kubernetes cluster with rotated certificates"
    yield from (f"[dialer] Setup tunnel for host [{host}]" for host in hosts)
    yield "[certificates] Deploying kubernetes certificates to Cluster nodes"
    if etcd:
        yield "[etcd] Restarting up etcd plane.."
        yield from (f"[restart/etcd] Successfully restarted container on host [{host}]" for host in servers)
        yield "[etcd] Successfully restarted etcd plane.."
    yield "[controlplane] Restarting the Controller Plane.."
    for service in CONTROL:
        yield from (f"[restart/{service}] Successfully restarted container on host [{host}]" for host in servers)
    yield "[controlplane] Successfully restarted Controller Plane.."
    yield "[worker] Restarting Worker Plane.."
    for service in ("kubelet", "kube-proxy"):
        yield from (f"[restart/{service}] Successfully restarted container on host [{host}]" for host in hosts)
    yield "[worker] Successfully restarted Worker Plane.."


def restored() -> Iterator[str]:
    """Yield the messages of `rke etcd snapshot-restore` up to its own `rke up`, which follows."""
    hosts = list(ADDRESSES.values())
    servers = [ADDRESSES[name] for name in SERVERS]
    yield "Running RKE version: v1.6.3"
    yield "Checking if state file is included in snapshot file for [monday]"
    yield from (f"[dialer] Setup tunnel for host [{host}]" for host in hosts)
    yield "Restoring etcd snapshot monday"
    yield f"[etcd] starting backup server on host [{servers[0]}]"
    yield from (f"[etcd] Get snapshot [monday] on host [{host}]" for host in servers[1:])
    yield "[etcd] Checking if all snapshots are identical"
    yield "Cleaning old kubernetes cluster"
    yield "[worker] Tearing down Worker Plane.."
    yield from (f"[remove/kubelet] Successfully removed container on host [{host}]" for host in hosts)
    yield "[worker] Successfully tore down Worker Plane.."
    yield "[controlplane] Tearing down the Controller Plane.."
    yield "[controlplane] Successfully tore down Controller Plane.."
    yield "[etcd] Tearing down etcd plane.."
    yield "[etcd] Successfully tore down etcd plane.."
    for host in hosts:
        yield f"[hosts] Cleaning up host [{host}]"
        yield f"[hosts] Successfully cleaned up host [{host}]"
    yield from (f"[etcd] Restoring [monday] snapshot on etcd host [{host}]" for host in servers)


def ending() -> Iterator[str]:
    """Yield the messages of add-ons."""
    yield "[cleanup] Successfully started [rke-log-cleaner] container on host [10.0.0.11]"
    yield "[sync] Syncing nodes Labels and Taints"
    yield "[network] Setting up network plugin: canal"
    yield "[addons] Executing deploy job rke-network-plugin"
    yield "[addons] CoreDNS deployed successfully"
    yield "[ingress] ingress controller nginx deployed successfully"
    yield "Finished building Kubernetes cluster successfully"


def _service(plane: str, service: str, hosts: list[str]) -> Iterator[str]:
    for host in hosts:
        yield f"[{plane}] Successfully started [{service}] container on host [{host}]"
        yield f"[healthcheck] Start Healthcheck on service [{service}] on host [{host}]"
        yield f"[healthcheck] service [{service}] on host [{host}] is healthy"
