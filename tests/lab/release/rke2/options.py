"""The keys that config.yaml may hold; from the reference of the real release's server and agent flags."""

_CRITICAL = """
agent-token cluster-cidr cluster-dns cluster-domain disable-cloud-controller disable-kube-proxy egress-selector-mode
service-cidr
"""
_SHARED = """
server token token-file node-ip node-external-ip node-internal-dns node-external-dns node-name with-node-id
node-label node-taint resolv-conf bind-address cloud-provider-name cloud-provider-config profile selinux
protect-kernel-defaults private-registry disable-default-registry-endpoint snapshotter system-default-registry
container-runtime-endpoint default-runtime kubelet-arg kube-proxy-arg kubelet-path lb-server-port
image-credential-provider-config image-credential-provider-bin-dir supervisor-metrics debug data-dir
pod-security-admission-config-file audit-policy-file enable-pprof vpn-auth vpn-auth-file
"""
_SERVER_ONLY = """
agent-token-file tls-san tls-san-security advertise-address service-node-port-range cni ingress-controller
enable-servicelb servicelb-namespace disable disable-etcd disable-apiserver disable-controller-manager
disable-scheduler write-kubeconfig write-kubeconfig-mode write-kubeconfig-group secrets-encryption-provider
embedded-registry helm-job-image kube-apiserver-arg kube-controller-manager-arg kube-scheduler-arg etcd-arg
helm-controller-arg kube-cloud-controller-manager-arg cluster-reset cluster-reset-restore-path datastore-endpoint
datastore-cafile datastore-certfile datastore-keyfile etcd-expose-metrics etcd-disable-snapshots
"""
CRITICAL = tuple(_CRITICAL.split())
"""What must be equal on all servers."""
PREFIXES = ("etcd-snapshot-", "etcd-s3", "control-plane-")
SUFFIXES = ("-extra-mount", "-extra-env", "-image")


def known(key: str, role: str) -> bool:
    """Return whether a `role` (server or agent) has this key."""
    if key in _SHARED.split() or (role == "server" and key in (*CRITICAL, *_SERVER_ONLY.split())):
        return True
    return key.startswith(PREFIXES) or key.endswith(SUFFIXES)
