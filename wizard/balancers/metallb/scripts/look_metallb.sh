#!/bin/sh
# What MetalLB is in the cluster, as this server sees it; part of the probe, changes nothing. RW_KUBECTL and RW_KUBECONFIG
# name another kubectl, where the jump host asks.
metallb_bin=${RW_KUBECTL:-/var/lib/rancher/rke2/bin/kubectl}
metallb_config=${RW_KUBECONFIG:-/etc/rancher/rke2/rke2.yaml}
metallb_kubectl() {
  timeout 10 "$metallb_bin" --kubeconfig "$metallb_config" --request-timeout=8s "$@" 2>/dev/null
}
if [ -x "$metallb_bin" ] && [ -f "$metallb_config" ]; then
  metallb_kubectl -n metallb-system get deployment metallb-controller -o jsonpath='{"x.metallb.controller="}{.metadata.labels.app\.kubernetes\.io/version}{" "}{.status.availableReplicas}{"\n"}'
  echo "x.metallb.stamps=$(metallb_kubectl -n metallb-system get configmap rancher-wizard -o 'jsonpath={.data}')"
  metallb_kubectl -n metallb-system get ipaddresspools.metallb.io -o jsonpath='{range .items[*]}{"x.metallb.pool="}{.metadata.name}{"\n"}{end}'
  for metallb_service in kube-system/rke2-traefik kube-system/rke2-ingress-nginx-controller ingress-nginx/rancher-wizard-ingress; do
    metallb_kubectl -n "${metallb_service%/*}" get service "${metallb_service#*/}" -o jsonpath='{range .status.loadBalancer.ingress[*]}{"x.metallb.address='"${metallb_service#*/}"' "}{.ip}{"\n"}{end}'
  done
fi
true
