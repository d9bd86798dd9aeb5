#!/bin/sh
# look_api: what this server's own API server counts: requests of deprecated API versions, and etcd's size.
# A control plane of RKE1 has no kubeconfig of its own: the administrator's comes on stdin.
set -u
metrics() {
  if [ -x /var/lib/rancher/rke2/bin/kubectl ]; then
    timeout 60 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml "$@"
  else
    timeout 60 docker exec -i kubelet kubectl --kubeconfig /dev/stdin "$@"
  fi
}
metrics --request-timeout=50s get --raw /metrics |
  grep -E '^(apiserver_requested_deprecated_apis|apiserver_storage_size_bytes|apiserver_storage_db_total_size_in_bytes)\{'
exit 0
