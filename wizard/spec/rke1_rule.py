"""What of a spec RKE1 can't do, and what of it RKE1 alone can."""

from collections.abc import Iterator

from wizard.spec import rke1_version
from wizard.spec.default import is_set
from wizard.spec.models import Node, Spec
from wizard.spec.problem import Path, Problem, quoted
from wizard.spec.rancher_line import reached
from wizard.spec.rke1 import PLANES
from wizard.spec.rke1_backup import WISE_HOURS, backup_of, interval_of

# Fields that must stay at their defaults: the path, why, and what to do instead.
_NOT_READ: tuple[tuple[Path, str, str], ...] = (
    (("options", "server"), "are keys of RKE2's config.yaml", "rke1.services, or a file in rke1.cluster_yml"),
    (("options", "agent"), "are keys of RKE2's config.yaml", "rke1.services, or a file in rke1.cluster_yml"),
    (("security", "profile"), "is a profile of RKE2; RKE1 is hardened by hand", "none, and rke1.services.*.extra_args"),
    (("security", "selinux"), "is up to Docker with RKE1", 'false, and "selinux-enabled": true in daemon.json'),
    (("proxy",), "is up to Docker with RKE1, which pulls all images", "a drop-in of docker.service on each node"),
    (("token",), "is not used: no node of RKE1 joins by a token", "no token"),
    (("registries", "mirrors"), "are up to Docker with RKE1", '"registry-mirrors" in daemon.json, for docker.io'),
    (("etcd", "snapshots", "dir"), "can't be chosen with RKE1", "a mount at /opt/rke/etcd-snapshots"),
    (("etcd", "snapshots", "s3", "endpoint_ca"), "is a path on the nodes", "rke1.services.etcd.s3_ca, a file here"),
    (("etcd", "snapshots", "s3", "skip_ssl_verify"), "is not known to RKE1", "rke1.services.etcd.s3_ca"),
    (("source", "mirror"), "is a mirror of RKE2's releases", "rke1.binary"),
    (("rollout", "workers", "canary"), "is not known to `rke`, which runs on by itself", "0"),
    (("rollout", "workers", "soak_s"), "is not known to `rke`, which runs on by itself", "0"),
    (("rollout", "workers", "max_failed"), "is not known to `rke`, which stops at max_unavailable_worker", "no value"),
)
_CNI = {
    "cilium": "canal, calico, flannel or none: RKE1 has no cilium",
    "multus": "one of canal, calico, flannel, none: RKE1 has no multus",
}


def known_to_rke1(spec: Spec) -> Iterator[Problem]:
    """A setting that RKE1 would not read is refused, rather than lost."""
    if spec.distribution == "rke1":
        for path, why, instead in _NOT_READ:
            if is_set(spec, path):
                yield Problem(path, why, instead)


def choices_of_rke1(spec: Spec) -> Iterator[Problem]:
    """Of some fields RKE1 has fewer choices."""
    if spec.distribution != "rke1":
        return
    for cni in spec.network.cni:
        if cni in _CNI:
            yield Problem(("network", "cni"), f"{quoted(cni)} is not for RKE1", _CNI[cni])
    if spec.network.dual_stack and "calico" not in spec.network.cni:
        yield Problem(("network", "cluster_cidr"), "dual stack wants calico with RKE1", "one network, or cni: calico")
    if spec.ingress == "traefik":
        yield Problem(("ingress",), "'traefik' is not for RKE1", "ingress-nginx or none")
    if spec.security.secrets_encryption == "secretbox":
        yield Problem(("security", "secrets_encryption"), "'secretbox' is not for RKE1", "aescbc")
    if spec.upgrade.drain == "agents":
        yield Problem(("upgrade", "drain"), "'agents' is not for RKE1, which drains all nodes or none", "all or none")
    if spec.balancer and spec.balancer.kind == "kube-vip":
        yield Problem(("balancer", "kind"), "'kube-vip' runs on servers of RKE2", "haproxy or external")
    if spec.balancer and spec.balancer.mode == "http" and spec.rke1.ingress.network_mode == "none":
        yield Problem(("balancer", "mode"), "http leads to an ingress that no port leads to", "tcp, or another mode")
    if spec.rancher and spec.rancher.how == "manifests":
        yield Problem(("rancher", "how"), "'manifests' is not for RKE1: nothing in it installs charts", "helm")
    if spec.network.cni == ("flannel",) and spec.rke1.network.mtu is not None:
        yield Problem(("rke1", "network", "mtu"), "is not taken by flannel", "canal or calico, or no mtu")
    ingress = spec.rke1.ingress
    if ingress.network_mode == "hostPort" and ingress.http_port == ingress.https_port:
        yield Problem(("rke1", "ingress", "https_port"), "is http_port too", "two ports")


def way_to_rancher(spec: Spec) -> Iterator[Problem]:
    """Rancher is reached, and proven, at port 443 of the workers."""
    ingress = spec.rke1.ingress
    if spec.distribution != "rke1" or spec.rancher is None:
        return
    if ingress.network_mode == "none":
        what = "'none': no port of a node leads to Rancher's ingress"
        yield Problem(("rke1", "ingress", "network_mode"), what, "hostPort or hostNetwork")
    for key, usual in (("http_port", 80), ("https_port", 443)):
        if ingress.network_mode == "hostPort" and getattr(ingress, key) != usual:
            yield Problem(("rke1", "ingress", key), "is not where Rancher's users come in", str(usual))


def snapshots_of_rke1(spec: Spec) -> Iterator[Problem]:
    """RKE1 counts hours from the start of a container, and knows no clock."""
    snapshots = spec.etcd.snapshots
    if spec.distribution == "rke1" and snapshots.enabled and interval_of(snapshots.schedule) is None:
        what = f"{quoted(snapshots.schedule)} is not every so many hours, which alone RKE1 knows"
        yield Problem(("etcd", "snapshots", "schedule"), what, '"0 */N * * *" with N of 1, 2, 3, 4, 6, 8, 12, or daily')


def registries_of_rke1(spec: Spec) -> Iterator[Problem]:
    """Docker keeps the CAs of registries in a folder of its own; RKE1 hands it logins only."""
    for name, config in spec.registries.configs.items():
        if spec.distribution == "rke1" and config.tls:
            path = ("registries", "configs", name, "tls")
            yield Problem(path, "is up to Docker with RKE1", f"/etc/docker/certs.d/{name}/ca.crt on each node")


def one_of_each_plane(spec: Spec) -> Iterator[Problem]:
    """`rke` itself asks for etcd only; a cluster without one of the others does not come up."""
    if spec.distribution != "rke1":
        return
    for plane in PLANES:
        if not any(plane in node.planes for node in spec.nodes):
            wanted = f"roles: [{plane}, …] for one of them at least"
            yield Problem(("nodes",), f"no node has the role {plane}", wanted)


def roles_that_agree(spec: Spec) -> Iterator[Problem]:
    """`role` says which nodes manage the cluster, `roles` what each of them does there."""
    for index, node in enumerate(spec.nodes):
        path = ("nodes", index, "roles")
        if node.roles is None or spec.distribution != "rke1":
            continue
        if len(set(node.roles)) != len(node.roles):
            yield Problem(path, "names a role twice", "each once")
        elif (node.role == "agent") != (set(node.roles) == {"worker"}):
            wanted = "[worker], or role: server" if node.role == "agent" else "controlplane or etcd too, or role: agent"
            yield Problem(path, f"{', '.join(node.roles)} is not for role: {node.role}", wanted)


def one_internal_address(spec: Spec) -> Iterator[Problem]:
    """cluster.yml has one internal address a node."""
    for index, node in enumerate(spec.nodes):
        if spec.distribution == "rke1" and len(node.internal_addresses) > 1:
            yield Problem(("nodes", index, "internal_address"), "holds two addresses, RKE1 takes one", "one address")


def logins_of_rke1(spec: Spec) -> Iterator[Problem]:
    """`rke` reads no ~/.ssh/config: it must be told who logs in, and knows one bastion for all."""
    if spec.distribution != "rke1":
        return
    for index, node in enumerate(spec.nodes):
        own = spec.ssh_of(node)
        if own.user is None and spec.ssh.user is not None:
            yield Problem(("nodes", index, "ssh", "user"), "is missing", "the login user")
        if own.bastion != spec.ssh.bastion:
            what = "is not the bastion of the other nodes, and RKE1 knows one for all"
            yield Problem(("nodes", index, "ssh", "bastion"), what, "the same one in `ssh`")
    if spec.ssh.user is None and any(spec.ssh_of(node).user is None for node in spec.nodes):
        yield Problem(("ssh", "user"), "is missing: RKE1 does not read ~/.ssh/config", "a member of the group docker")
    if spec.ssh.bastion and spec.ssh.bastion.user is None:
        yield Problem(("ssh", "bastion"), "names no user, which RKE1 must be told", "user@host")


def only_with_rke1(spec: Spec) -> Iterator[Problem]:
    """RKE2 has roles of its own, and no Docker."""
    if spec.distribution == "rke1":
        return
    if is_set(spec, ("rke1",)):
        yield Problem(("rke1",), "is read for RKE1 only", "distribution: rke1, or no rke1")
    for index, node in enumerate(spec.nodes):
        for key in ("roles", "docker_socket"):
            if getattr(node, key) != Node.model_fields[key].default:
                yield Problem(("nodes", index, key), "is read for RKE1 only", f"distribution: rke1, or no {key}")


def three_days(spec: Spec) -> Iterator[Problem]:
    """Snapshots older than the fault are what helps."""
    snapshots, backup = spec.etcd.snapshots, backup_of(spec)
    if spec.distribution == "rke1" and snapshots.enabled and backup.kept_hours < WISE_HOURS:
        what = f"snapshots are kept for {backup.kept_hours} hours ({backup.retention} x {backup.interval_hours})"
        least = -(-WISE_HOURS // backup.interval_hours)
        wanted = f"{least} for {WISE_HOURS} hours: what breaks on Friday is found on Monday"
        yield Problem(("etcd", "snapshots", "retention"), what, wanted)


def version_somebody_installs(spec: Spec) -> Iterator[Problem]:
    """RKE1 has ended: no `rke` will ever install what none does now."""
    if spec.distribution == "rke1" and not rke1_version.known_minor(spec.version):
        what = f"no `rke` installs {quoted(spec.version)}"
        allowed = f"{rke1_version.minors()}, such as {rke1_version.newest_free()}"
        yield Problem(("version",), what, allowed)


def version_that_is_there(spec: Spec) -> Iterator[Problem]:
    """What an own `rke` installs it says itself; some images are for subscribers."""
    if spec.distribution != "rke1" or not rke1_version.known_minor(spec.version):
        return
    if not rke1_version.known(spec.version):
        what = f"{spec.version} is not known here"
        yield Problem(("version",), what, "see what your `rke config --list-version --all` says")
    elif rke1_version.by_subscription(spec.version):
        what = f"the images of {spec.version} need an RKE Extended Life subscription"
        yield Problem(("version",), what, f"{rke1_version.newest_free()} does not")


def rancher_that_knows_rke1(spec: Spec) -> Iterator[Problem]:
    """Rancher has given RKE1 up while its Kubernetes was still in the window of later releases."""
    rancher = spec.rancher
    if spec.distribution == "rke1" and rancher and reached(rancher.line, "no_rke1"):
        what = f"Rancher {rancher.version} is not supported on RKE1"
        yield Problem(("rancher", "version"), what, "2.11, the last that is")


def images_that_stay(spec: Spec) -> Iterator[Problem]:
    """A pinned image is not moved by an upgrade."""
    if spec.distribution == "rke1" and spec.rke1.system_images:
        what = "images named here stay as they are when version is changed"
        yield Problem(("rke1", "system_images"), what, "leave them out, and set registries.system_default_registry")


RULES = (
    version_somebody_installs,
    known_to_rke1,
    choices_of_rke1,
    way_to_rancher,
    snapshots_of_rke1,
    registries_of_rke1,
    one_of_each_plane,
    roles_that_agree,
    one_internal_address,
    logins_of_rke1,
    only_with_rke1,
)
WARNINGS = (version_that_is_there, three_days, images_that_stay, rancher_that_knows_rke1)
