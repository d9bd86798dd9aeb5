"""Other people's kinds of cluster.yml, each with what `rke` first says to it; "" where it takes the file.

The words are those of rancher/rke release/v1.6, cluster/validation.go and what calls it.
"""

from typing import Any

import yaml

ONE = {"address": "10.0.0.1", "user": "ops", "role": ["controlplane", "etcd", "worker"]}
TWO = {"address": "10.0.0.2", "user": "ops", "role": ["worker"]}
VERSION = "v1.30.14-rancher1-1"
UNKNOWN = "is an unsupported Kubernetes version and system images are not populated"
_NAMES = """etcd kubernetes pod_infra_container alpine nginx_proxy cert_downloader kubernetes_services_sidecar
canal_node canal_cni canal_flannel coredns coredns_autoscaler metrics_server ingress ingress_backend ingress_webhook"""
IMAGES = dict.fromkeys(_NAMES.split(), "reg.lan/image:1")
S3 = "services.etcd.backup_config.s3backupconfig"
CONFIGS: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"kubernetes_version": None}, ""),
    ({"kubernetes_version": "v1.21.5-rancher1-1"}, ""),
    ({"kubernetes_version": "v1.10.3-rancher2-1"}, ""),
    ({"kubernetes_version": "1.30.14-rancher1-1"}, "1.30.14-rancher1-1 is not valid version"),
    ({"kubernetes_version": "v1.30"}, "v1.30 is not valid semver"),
    ({"kubernetes_version": "v1.30.14"}, f"v1.30.14 {UNKNOWN}: etcd image is not populated"),
    ({"kubernetes_version": "v1.34.1-rancher1-1"}, f"v1.34.1-rancher1-1 {UNKNOWN}: etcd image is not populated"),
    (
        {"kubernetes_version": "v1.30.99", "system_images": {"etcd": "e", "kubernetes": "k"}},
        f"v1.30.99 {UNKNOWN}: pod infrastructure container image is not populated",
    ),
    (
        {"kubernetes_version": "v1.40.1", "system_images": {**IMAGES, "canal_node": ""}},
        f"v1.40.1 {UNKNOWN}: canal image is not populated",
    ),
    ({"kubernetes_version": "v1.40.1", "system_images": IMAGES}, ""),
    ({"nodes": [ONE, ONE]}, "Cluster can't have duplicate node: 10.0.0.1"),
    (
        {"nodes": [{**ONE, "hostname_override": "a"}, {**TWO, "hostname_override": "A"}]},
        "Cluster can't have duplicate node: a",
    ),
    ({"nodes": [ONE, {**TWO, "internal_address": "10.1.0.2", "labels": {"a": "b"}}]}, ""),
    ({"nodes": [{**ONE, "address": ""}]}, "Address for host (1) is not provided"),
    ({"nodes": [ONE, {"address": "10.0.0.2", "role": ["worker"]}]}, "User for host (2) is not provided"),
    ({"nodes": [ONE, {"address": "10.0.0.2", "user": "ops"}]}, "Role for host (2) is not provided"),
    (
        {"nodes": [{**ONE, "role": ["etcd", "master"]}]},
        "Failed to recognize host [10.0.0.1] role master",
    ),
    (
        {"nodes": [{**ONE, "hostname_override": "under_score"}]},
        "Hostname_override [under_score] for host (1) is not valid: [a lowercase RFC 1123 subdomain must consist of "
        "lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character]",
    ),
    (
        {"nodes": [TWO]},
        "Cluster must have at least one etcd plane host: please specify one or more etcd in cluster config",
    ),
    ({"nodes": [{**ONE, "role": ["etcd"]}]}, ""),
    ({"authentication.strategy": "x509|webhook"}, ""),
    ({"authentication.strategy": "x509|oidc"}, "Authentication strategy [oidc] is not supported"),
    ({"authentication.strategy": "webhook"}, "Authentication strategy must contain [x509]"),
    ({"network.plugin": "cilium"}, "Network plugin [cilium] is not supported"),
    ({"network": {"plugin": "flannel", "mtu": 1400}}, "Network plugin [flannel] does not support configuring MTU"),
    ({"network": {"plugin": "canal", "mtu": 1400}}, ""),
    ({"network.plugin": "weave"}, "weave CNI support is removed for k8s version >=1.30.0"),
    ({"network.plugin": "weave", "kubernetes_version": "v1.28.12-rancher1-1"}, ""),
    (
        {"services.kube-controller.cluster_cidr": "10.42.0.0/16,fd00::/56"},
        "Network plugin [canal] does not support IPv6 (dualstack)",
    ),
    ({"services.kube-controller.cluster_cidr": "10.42.0.0/16,fd00::/56", "network.plugin": "calico"}, ""),
    (
        {"services.kube-api.service_cluster_ip_range": "10.43.0.0"},
        "Failed to get kubernetes service IP from Kube API option [service_cluster_ip_range]: "
        "invalid CIDR address: 10.43.0.0",
    ),
    ({"ingress.provider": "traefik"}, "Ingress controller traefik is incorrect"),
    ({"ingress.provider": "none"}, ""),
    ({"ingress.dns_policy": "Cluster"}, "DNSPolicy Cluster was not a valid DNS Policy"),
    (
        {"ingress": {"network_mode": "hostPort", "http_port": 70000}},
        "http port is invalid. Needs to be within 0 to 65535",
    ),
    (
        {"ingress": {"network_mode": "hostPort", "https_port": -1}},
        "https port is invalid. Needs to be within 0 to 65535",
    ),
    (
        {"ingress": {"network_mode": "hostPort", "http_port": 8080, "https_port": 8080}},
        "http and https ports need to be different",
    ),
    ({"ingress.network_mode": "bridge"}, "NetworkMode bridge was not a valid network mode"),
    (
        {"kubernetes_version": "v1.20.15-rancher2-2", "enable_cri_dockerd": True},
        "Enabling cri-dockerd for cluster version [v1.20.15-rancher2-2] is not supported",
    ),
    ({"authorization.mode": "none"}, "PodSecurity can't be enabled with RBAC support disabled"),
    ({"authorization.mode": "none", "kubernetes_version": "v1.22.17-rancher1-2"}, ""),
    (
        {
            "services.kube-api.pod_security_configuration": "restricted",
            "kubernetes_version": "v1.22.17-rancher1-2",
        },
        "cluster version must be at least v1.23 to use PodSecurity in RKE",
    ),
    (
        {"services.kube-api.pod_security_configuration": "baseline"},
        "invalid pod_security_configuration [baseline]. Supported values: [privileged, restricted]",
    ),
    ({"services.etcd.external_urls": ["https://e"]}, "External CA Certificate for etcd can't be empty"),
    (
        {"services.etcd": {"external_urls": ["https://e"], "ca_cert": "c", "cert": "c"}},
        "External Client Key for etcd can't be empty",
    ),
    (
        {"services.etcd": {"external_urls": ["https://e"], "ca_cert": "c", "cert": "c", "key": "k", "path": "/e"}},
        "Cluster can't have both internal and external etcd",
    ),
    ({f"{S3}.region": "x"}, "etcd s3 backup backend endpoint can't be empty"),
    ({f"{S3}.endpoint": "s3.lan"}, "etcd s3 backup backend bucketName can't be empty"),
    ({S3: {"endpoint": "s3.lan", "bucket_name": "b"}}, ""),
    (
        {S3: {"endpoint": "s3.lan", "bucket_name": "b", "custom_ca": "nonsense"}},
        "invalid S3 endpoint CA certificate: data does not contain any valid RSA or ECDSA certificates",
    ),
    ({"cloud_provider.name": "aws"}, f"Cloud provider aws is invalid for [{VERSION}]"),
    ({"cloud_provider.name": "aws", "kubernetes_version": "v1.26.15-rancher1-1"}, ""),
    (
        {"nodes": "10.0.0.1"},
        "Failed to parse cluster file: yaml: unmarshal errors: cannot unmarshal !!str `10.0.0.1` into []",
    ),
    (
        {"nodes": [{**ONE, "role": "etcd"}]},
        "Failed to parse cluster file: yaml: unmarshal errors: cannot unmarshal !!str `etcd` into []",
    ),
    (
        {"network.mtu": "big"},
        "Failed to parse cluster file: yaml: unmarshal errors: cannot unmarshal !!str `big` into int",
    ),
    (
        {"services.etcd.snapshot": "often"},
        "Failed to parse cluster file: yaml: unmarshal errors: cannot unmarshal !!str `often` into bool",
    ),
    ({"services": []}, "Failed to parse cluster file: yaml: unmarshal errors: cannot unmarshal !!seq into struct"),
    ({"no_such_key": {"at": "all"}, "nodes": [{**ONE, "adress": "x"}]}, ""),
]


def text_of(change: dict[str, Any]) -> str:
    """Return a small cluster.yml with values set by their paths."""
    tree: dict[str, Any] = {"cluster_name": "prod", "kubernetes_version": VERSION, "nodes": [dict(ONE)]}
    for path, value in change.items():
        place, *keys = tree, *path.split(".")
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return yaml.safe_dump(tree, sort_keys=False)
