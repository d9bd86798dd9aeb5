#!/bin/sh
# uncordon NODE: let pods come to it again; run on a server.
set -eu
exec timeout 40 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=30s uncordon "$1"
