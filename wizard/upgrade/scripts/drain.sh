#!/bin/sh
# drain NODE TIMEOUT_S [OPTION...]: empty a node of its pods; run on a server, with kubectl's own drain.
set -u
node=$1 timeout_s=$2
shift 2
exec /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml drain "$node" --ignore-daemonsets --timeout="${timeout_s}s" "$@" 2>&1
