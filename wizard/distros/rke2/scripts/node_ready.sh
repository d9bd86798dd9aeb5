#!/bin/sh
# node_ready NODE: how the cluster sees NODE: Ready status, kubelet version, EtcdIsVoter status; run on a server.
set -u
data=/var/lib/rancher/rke2
exec timeout 20 "$data/bin/kubectl" --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=15s get node "$1" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.status.conditions[?(@.type=="EtcdIsVoter")].status}{"\n"}'
