#!/bin/sh
# unschedulable NODE: true when it is cordoned, else false; run on a server.
set -eu
found=$(timeout 20 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=15s get node "$1" -o jsonpath='{.spec.unschedulable}')
echo "${found:-false}"
