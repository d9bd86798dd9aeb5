#!/bin/sh
# What of cert-manager and Rancher stands in the cluster, as this server sees it; part of the probe, changes nothing.
# RW_KUBECTL and RW_KUBECONFIG name another kubectl, where the jump host asks.
rancher_bin=${RW_KUBECTL:-/var/lib/rancher/rke2/bin/kubectl}
rancher_ask() {
  timeout 15 "$rancher_bin" --kubeconfig "${RW_KUBECONFIG:-/etc/rancher/rke2/rke2.yaml}" --request-timeout=10s "$@" 2>/dev/null
}
if [ -x "$rancher_bin" ] && rancher_ask get --raw /readyz >/dev/null; then
  echo "x.rancher.api=ready"
  echo "x.rancher.stamps=$(rancher_ask -n cattle-system get configmap rancher-wizard -o 'jsonpath={.data}')"
  for rancher_space in cert-manager cattle-system; do
    rancher_ask -n "$rancher_space" get secrets -l 'owner=helm,name in (rancher,cert-manager)' -o 'jsonpath={range .items[*]}x.rancher.release={.metadata.labels.name} {.metadata.labels.version} {.metadata.labels.status} {.metadata.labels.modifiedAt}{"\n"}{end}'
    rancher_ask -n "$rancher_space" get deployments -o 'jsonpath={range .items[*]}x.rancher.deployment={.metadata.name},{.spec.replicas},{.status.availableReplicas},{.status.updatedReplicas},{.status.replicas},{.metadata.generation},{.status.observedGeneration},{.metadata.labels.chart}{"\n"}{end}'
  done
  rancher_ask -n cattle-resources-system get deployments -o 'jsonpath={range .items[*]}x.rancher.backup={.metadata.name}{"\n"}{end}'
  rancher_ask get namespaces -o 'jsonpath={range .items[?(@.status.phase=="Terminating")]}x.rancher.ending={.metadata.name}{"\n"}{end}'
  rancher_ask get clusters.management.cattle.io -o 'jsonpath={range .items[?(@.spec.rancherKubernetesEngineConfig)]}x.rancher.rke1={.spec.displayName}{"\n"}{end}'
fi
true
