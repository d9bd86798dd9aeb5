#!/bin/sh
# leave_cluster NODE TIMEOUT_S: have the cluster forget a node, etcd's member and node password included; run on another
# server. RKE2 keeps the object until the member is out. Prints gone, or what is left.
set -u
node=$1 timeout_s=$2
kubectl() { timeout "$((timeout_s + 15))" /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml "$@"; }
kubectl --request-timeout=30s get --raw /readyz >/dev/null || exit 1
if found=$(kubectl --request-timeout=30s get node "$node" -o name 2>&1); then
  kubectl delete node "$node" --timeout="${timeout_s}s" || exit 1
else
  case $found in *NotFound*) ;; *) echo "$found" >&2 && exit 1 ;; esac
fi
# Gone with the node, unless it never was registered whole.
if secret=$(kubectl --request-timeout=30s -n kube-system delete secret "$node.node-password.rke2" --ignore-not-found 2>&1); then
  [ -z "$secret" ] || echo "$secret"
else
  case $secret in *"not found"*) ;; *) echo "$secret" >&2 && exit 1 ;; esac
fi
echo gone
