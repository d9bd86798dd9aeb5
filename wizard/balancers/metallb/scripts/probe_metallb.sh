#!/bin/sh
# The networks of this node, and the files that its RKE2 deploys MetalLB from; part of the probe, changes nothing.
timeout 10 ip -o addr show scope global 2>/dev/null | awk '{print "x.metallb.link=" $4}' | head -n 200
metallb_manifests=/var/lib/rancher/rke2/server/manifests
file_fact "$metallb_manifests/rancher-wizard-metallb.yaml" "$metallb_manifests/rancher-wizard-metallb-addresses.yaml" "$metallb_manifests/rancher-wizard-ingress.yaml"
true
