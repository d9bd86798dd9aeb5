#!/bin/sh
# unschedulable NODE: true when it is cordoned, absent when the cluster does not know it, else false; run on a server.
set -u
if found=$(timeout 20 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=15s get node "$1" -o jsonpath='{.spec.unschedulable}' 2>&1); then
  echo "${found:-false}"
else
  case $found in
    *"(NotFound)"*) echo absent ;;
    *) echo "$found" >&2 && exit 1 ;;
  esac
fi
