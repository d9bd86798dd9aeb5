#!/bin/sh
# etcd_voters: what this server's API server says of etcd, then each server's name, Ready, kubelet version and EtcdIsVoter.
set -u
kubectl() { timeout 20 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=15s "$@"; }
if kubectl get --raw '/readyz?verbose' 2>/dev/null | grep -q '^\[+\]etcd ok'; then echo "etcd ok"; else echo "etcd failed"; fi
kubectl get nodes -l node-role.kubernetes.io/etcd=true -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.status.conditions[?(@.type=="EtcdIsVoter")].status}{"\n"}{end}'
