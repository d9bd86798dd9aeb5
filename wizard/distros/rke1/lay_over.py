"""A spec laid over an operator's own cluster.yml: what the spec says itself is changed there, and nothing else.

A default of the spec is no wish: where it is not said, the file keeps what it has.
"""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from wizard.distros.rke1.edit import changed, put
from wizard.distros.rke1.services import Settings
from wizard.errors import BadSpec
from wizard.spec.address import same_form
from wizard.spec.models import Spec
from wizard.spec.problem import quoted

_S = "services"
# Which field of the spec says what stands below a path of cluster.yml; the longest path counts.
_SAID_BY: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("cluster_name",): ("name",),
    ("kubernetes_version",): ("version",),
    ("ssh_key_path",): ("ssh.key",),
    ("ssh_agent_auth",): ("ssh.key",),
    ("bastion_host",): ("ssh.bastion",),
    ("ignore_docker_version",): ("rke1.ignore_docker_version",),
    ("enable_cri_dockerd",): ("rke1.cri_dockerd",),
    ("private_registries",): ("registries",),
    ("system_images",): ("rke1.system_images",),
    ("prefix_path",): ("rke1.prefix_path",),
    (_S, "etcd"): ("rke1.services.etcd",),
    (_S, "etcd", "snapshot"): ("etcd.snapshots",),
    (_S, "etcd", "backup_config"): ("etcd.snapshots",),
    (_S, "etcd", "backup_config", "timeout"): ("rke1.services.etcd.backup_timeout_s",),
    (_S, "kube-api"): ("rke1.services.kube_api",),
    (_S, "kube-api", "service_node_port_range"): ("rke1.services.kube_api.service_node_port_range",),
    (_S, "kube-api", "service_cluster_ip_range"): ("network.service_cidr",),
    (_S, "kube-api", "secrets_encryption_config"): ("security.secrets_encryption",),
    (_S, "kube-controller"): ("rke1.services.kube_controller",),
    (_S, "kube-controller", "service_cluster_ip_range"): ("network.service_cidr",),
    (_S, "kube-controller", "cluster_cidr"): ("network.cluster_cidr",),
    (_S, "scheduler"): ("rke1.services.scheduler",),
    (_S, "kubelet"): ("rke1.services.kubelet",),
    (_S, "kubelet", "cluster_domain"): ("rke1.services.kubelet.cluster_domain",),
    (_S, "kubelet", "fail_swap_on"): ("rke1.services.kubelet.fail_swap_on",),
    (_S, "kubelet", "cluster_dns_server"): ("network.service_cidr", "rke1.services.kubelet.cluster_dns_server"),
    (_S, "kubeproxy"): ("rke1.services.kubeproxy",),
    ("network",): ("rke1.network",),
    ("network", "plugin"): ("network.cni",),
    ("dns", "provider"): ("rke1.dns.provider",),
    ("dns", "upstreamnameservers"): ("rke1.dns.upstream",),
    ("ingress",): ("rke1.ingress",),
    ("ingress", "provider"): ("ingress",),
    ("ingress", "network_mode"): ("rke1.ingress.network_mode",),
    ("ingress", "http_port"): ("rke1.ingress.http_port",),
    ("ingress", "https_port"): ("rke1.ingress.https_port",),
    ("monitoring",): ("rke1.monitoring",),
    ("authentication", "sans"): ("registration", "balancer"),
    ("addon_job_timeout",): ("rke1.addon_job_timeout_s",),
    ("addons",): ("rke1.addons",),
    ("addons_include",): ("rke1.addons_include",),
    ("upgrade_strategy",): ("upgrade",),
    ("upgrade_strategy", "max_unavailable_worker"): ("rollout.workers.at_once",),
}
# Mappings that are one value: a key that the spec does not name any more goes.
_WHOLE = frozenset(("labels", "options", "extra_args", "extra_args_array", "node_selector", "system_images"))


def laid_over(text: str, spec: Spec, settings: Settings) -> str:
    """Take the text of a cluster.yml, a spec, and that spec's own cluster.yml as values; return the text changed.

    Raises BadSpec where a node would get another name or address, neither of which RKE1 can change.
    """

    def change(tree: CommentedMap) -> None:
        _nodes(tree, settings["nodes"])
        rest = {key: value for key, value in settings.items() if key != "nodes"}
        _lay(tree, rest, spec, ())

    return changed(text, change)


def _lay(tree: CommentedMap, settings: Mapping[str, Any], spec: Spec, path: tuple[str, ...]) -> None:
    for key, value in settings.items():
        here = (*path, key)
        inner = tree.get(key)
        if isinstance(value, dict) and key not in _WHOLE and isinstance(inner, CommentedMap):
            _lay(inner, value, spec, here)
        elif isinstance(value, dict) and key not in _WHOLE:
            fresh = _said_part(value, spec, here)
            if fresh:
                put(tree, key, fresh)
        elif _said(spec, here):
            put(tree, key, value)


def _said_part(value: Mapping[str, Any], spec: Spec, path: tuple[str, ...]) -> Settings:
    """Return what of a mapping that the file lacks the spec says."""
    found: Settings = {}
    for key, inner in value.items():
        here = (*path, key)
        if isinstance(inner, dict) and key not in _WHOLE:
            if part := _said_part(inner, spec, here):
                found[key] = part
        elif _said(spec, here):
            found[key] = inner
    return found


def _said(spec: Spec, path: tuple[str, ...]) -> bool:
    for length in range(len(path), 0, -1):
        if fields := _SAID_BY.get(path[:length]):
            return any(_is_set(spec, field) for field in fields)
    return False


def _is_set(spec: Spec, field: str) -> bool:
    part: Any = spec
    for name in field.split("."):
        if part is None or name not in part.model_fields_set:
            return False
        part = getattr(part, name)
    return True


def _nodes(tree: CommentedMap, wanted: list[Settings]) -> None:
    there = tree.get("nodes")
    if not isinstance(there, CommentedSeq):
        put(tree, "nodes", wanted)
        return
    owners = {_key(node): node for node in wanted}
    named = {node["hostname_override"]: node for node in wanted}
    for index in reversed(range(len(there))):
        if _key(there[index]) not in owners:
            _refuse_moved(there[index], named)
            del there[index]
    known = {_key(node): node for node in there}
    for node in wanted:
        old = known.get(_key(node))
        if old is None:
            _append(there, node)
        else:
            _one_node(old, node)


def _key(node: Mapping[str, Any]) -> str:
    return same_form(str(node.get("address", "")))


def _name(node: Mapping[str, Any]) -> str:
    return str(node.get("hostname_override") or node.get("address", "")).lower()


def _refuse_moved(old: Mapping[str, Any], named: Mapping[str, Settings]) -> None:
    if new := named.get(_name(old)):
        what = f"{quoted(_name(old))} is at {old.get('address')} in cluster.yml, and at {new['address']} in the spec"
        hint = "A node of RKE1 never changes its address: take it out, apply, clean it, then add it again."
        raise BadSpec([f"nodes: {what}"], hint=hint)


def _one_node(old: CommentedMap, node: Settings) -> None:
    if _name(old) != node["hostname_override"]:
        what = (
            f"the node at {node['address']} is {quoted(_name(old))} in cluster.yml, {quoted(node['hostname_override'])}"
        )
        hint = "A node of RKE1 never changes its name: give it in the spec the one that it has."
        raise BadSpec([f"nodes: {what} in the spec"], hint=hint)
    for key, value in node.items():
        # Where it is not written, the name is the address, and stays so.
        if key == "hostname_override" and key not in old:
            continue
        if key == "role" and sorted(map(str, old.get("role") or ())) == sorted(value):
            continue
        put(old, key, value)


def _append(there: CommentedSeq, node: Settings) -> None:
    holder = CommentedMap()
    put(holder, "node", node)
    there.append(holder["node"])
