#!/bin/sh
# look_api: what this server's own API server counts: requests of deprecated API versions, and etcd's size.
set -u
timeout 60 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=50s get --raw /metrics |
  grep -E '^(apiserver_requested_deprecated_apis|apiserver_storage_size_bytes|apiserver_storage_db_total_size_in_bytes)\{'
exit 0
