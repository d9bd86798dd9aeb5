#!/bin/sh
# watch_controller: what the system-upgrade-controller does with the nodes that were handed to it; run on a server.
# Prints a line each, its fields parted by |: node, plan, job, pod.
set -u
kubectl() { timeout 25 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=20s "$@"; }
state='{.name}={.state.terminated.exitCode},{.state.running.startedAt},{.state.waiting.reason};'
kubectl get nodes -l rancher-wizard/release -o jsonpath='{range .items[*]}node|{.metadata.name}|{.spec.unschedulable}|{.status.nodeInfo.kubeletVersion}|{.status.conditions[?(@.type=="Ready")].status}|{.metadata.labels.rancher-wizard/release}|{.metadata.annotations.rancher-wizard/cordoned}|{.metadata.labels.plan\.upgrade\.cattle\.io/rancher-wizard-servers}|{.metadata.labels.plan\.upgrade\.cattle\.io/rancher-wizard-agents}{"\n"}{end}' || exit 1
kubectl get plans.upgrade.cattle.io -n system-upgrade -o jsonpath='{range .items[*]}plan|{.metadata.name}|{.status.latestVersion}|{.status.latestHash}|{.status.conditions[?(@.type=="Validated")].status}|{.status.conditions[?(@.type=="Validated")].message}{"\n"}{end}' || exit 1
kubectl get jobs -n system-upgrade -o jsonpath='{range .items[*]}job|{.metadata.name}|{.metadata.labels.upgrade\.cattle\.io/node}|{.metadata.labels.upgrade\.cattle\.io/version}|{.status.conditions[?(@.type=="Complete")].status}|{.status.conditions[?(@.type=="Failed")].status}|{.status.conditions[?(@.type=="Failed")].reason} {.status.conditions[?(@.type=="Failed")].message}{"\n"}{end}' || exit 1
kubectl get pods -n system-upgrade -l upgrade.cattle.io/node -o jsonpath='{range .items[*]}pod|{.metadata.name}|{.metadata.labels.upgrade\.cattle\.io/node}|{.metadata.labels.upgrade\.cattle\.io/version}|{range .status.initContainerStatuses[*]}'"$state"'{end}{range .status.containerStatuses[*]}'"$state"'{end}{"\n"}{end}' || exit 1
