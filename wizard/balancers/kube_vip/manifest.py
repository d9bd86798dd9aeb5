"""The manifest that RKE2 deploys by itself on servers: kube-vip as a DaemonSet, its account and its rights."""

from typing import Any

import yaml

from wizard.profiles import profile
from wizard.spec.address import as_ip

NAME = "kube-vip"
NAMESPACE = "kube-system"
PATH = f"/var/lib/rancher/rke2/server/manifests/rancher-wizard-{NAME}.yaml"
API_PORT = 6443
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
LABELS = {"app.kubernetes.io/name": NAME}


def text(first_line: str, address: str, *, interface: str | None) -> str:
    """Return the manifest for a virtual IP; without `interface` kube-vip takes that of the default route."""
    documents = [_account(), *_rights(), _daemon_set(address, interface)]
    return f"{first_line}\n" + yaml.safe_dump_all(documents, sort_keys=False)


def _meta(**more: Any) -> dict[str, Any]:
    return {"name": NAME, "namespace": NAMESPACE, "labels": LABELS} | more


def _account() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta()}


def _rights() -> list[dict[str, Any]]:
    version, name = "rbac.authorization.k8s.io/v1", f"system:{NAME}"
    account = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
    return [
        {
            "apiVersion": version,
            "kind": "ClusterRole",
            "metadata": {"name": name, "labels": LABELS},
            "rules": profile("kube-vip")["rules"],
        },
        {
            "apiVersion": version,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name, "labels": LABELS},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [account],
        },
    ]


def _daemon_set(address: str, interface: str | None) -> dict[str, Any]:
    pod = {
        "serviceAccountName": NAME,
        "hostNetwork": True,
        # Also on a server that is not Ready yet: the others join through the address.
        "tolerations": [{"operator": "Exists", "effect": effect} for effect in ("NoSchedule", "NoExecute")],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": CONTROL_PLANE, "operator": "Exists"}]}]
                }
            }
        },
        "containers": [_container(address, interface)],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": _meta(),
        "spec": {
            "selector": {"matchLabels": LABELS},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }


def _container(address: str, interface: str | None) -> dict[str, Any]:
    known = profile("kube-vip")
    return {
        "name": NAME,
        "image": f"{known['image']}:{known['version']}",
        "imagePullPolicy": "IfNotPresent",
        "args": ["manager"],
        "env": [
            *_settings(address, interface),
            {"name": "vip_nodename", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        ],
        "securityContext": {"capabilities": {"add": known["capabilities"], "drop": ["ALL"]}},
    }


def _settings(address: str, interface: str | None) -> list[dict[str, str]]:
    ip = as_ip(address)
    values = {
        # IPv6 is announced by neighbour discovery under the same setting.
        "vip_arp": "true",
        "address": address,
        "port": str(API_PORT),
        "vip_subnet": "128" if ip and ip.version == 6 else "32",
        "cp_enable": "true",
        "cp_namespace": NAMESPACE,
        "svc_enable": "false",
        "vip_leaderelection": "true",
        "vip_leasename": f"plndr-cp-lock-{NAME}",
    }
    if interface:
        values["vip_interface"] = interface
    values |= {name: str(seconds) for name, seconds in profile("kube-vip")["lease"].items()}
    return [{"name": name, "value": value} for name, value in values.items()]
