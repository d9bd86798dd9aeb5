#!/bin/sh
# kubectl ARG...: the kubectl of this server's RKE2, as the cluster's admin; stdin goes through to it. Where a cluster is
# asked from the jump host, RW_KUBECTL and RW_KUBECONFIG name another one.
set -u
bin=${RW_KUBECTL:-/var/lib/rancher/rke2/bin/kubectl} config=${RW_KUBECONFIG:-/etc/rancher/rke2/rke2.yaml}
if ! [ -x "$bin" ] || ! [ -f "$config" ]; then
  echo "RKE2 has not run as a server here: there is no kubectl, or no kubeconfig" >&2
  exit 127
fi
exec "$bin" --kubeconfig "$config" "$@"
