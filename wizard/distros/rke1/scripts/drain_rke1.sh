#!/bin/sh
# drain_rke1 NODE TIMEOUT_S [OPTION...]: empty a node of its pods, by the kubectl of this node's kubelet; the administrator's
# kubeconfig comes on stdin. One that can't be emptied is given back as it was. Prints absent for a node that is none.
set -u
node=$1 timeout_s=$2
shift 2
config=$(cat)
kubectl() { printf '%s\n' "$config" | timeout "$((timeout_s + 60))" docker exec -i kubelet kubectl --kubeconfig /dev/stdin "$@" 2>&1; }
if ! was=$(kubectl --request-timeout=30s get node "$node" -o 'jsonpath=cordoned={.spec.unschedulable}'); then
  case $was in *NotFound*) echo absent && exit 0 ;; esac
  echo "$was" >&2
  exit 1
fi
kubectl drain "$node" --ignore-daemonsets --timeout="${timeout_s}s" "$@" && exit 0
[ "$was" = cordoned=true ] || kubectl --request-timeout=30s uncordon "$node"
exit 1
