#!/bin/sh
# kubectl ARG...: the kubectl of this server's RKE2, as the cluster's admin; stdin goes through to it.
set -u
bin=/var/lib/rancher/rke2/bin/kubectl
if ! [ -x "$bin" ] || ! [ -f /etc/rancher/rke2/rke2.yaml ]; then
  echo "RKE2 has not run as a server here: there is no kubectl, or no kubeconfig" >&2
  exit 127
fi
exec "$bin" --kubeconfig /etc/rancher/rke2/rke2.yaml "$@"
