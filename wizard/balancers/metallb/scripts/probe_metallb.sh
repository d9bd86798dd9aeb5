#!/bin/sh
# The networks of this node, and what MetalLB is in this server's cluster; part of the probe, changes nothing.
timeout 10 ip -o addr show scope global 2>/dev/null | awk '{print "x.metallb.link=" $4}' | head -n 200
metallb_manifests=/var/lib/rancher/rke2/server/manifests
file_fact "$metallb_manifests/rancher-wizard-metallb.yaml" "$metallb_manifests/rancher-wizard-metallb-addresses.yaml" "$metallb_manifests/rancher-wizard-ingress.yaml"
metallb_kubectl() {
  timeout 10 /var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=8s "$@" 2>/dev/null
}
if [ -x /var/lib/rancher/rke2/bin/kubectl ] && [ -f /etc/rancher/rke2/rke2.yaml ]; then
  metallb_kubectl -n metallb-system get deployment metallb-controller -o jsonpath='{"x.metallb.controller="}{.metadata.labels.app\.kubernetes\.io/version}{" "}{.status.availableReplicas}{"\n"}'
  for metallb_service in rke2-traefik rke2-ingress-nginx-controller; do
    metallb_kubectl -n kube-system get service "$metallb_service" -o jsonpath='{range .status.loadBalancer.ingress[*]}{"x.metallb.address='"$metallb_service"' "}{.ip}{"\n"}{end}'
  done
fi
true
