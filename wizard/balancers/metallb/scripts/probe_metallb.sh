#!/bin/sh
# The networks of this node, and the files that its RKE2 deploys MetalLB from; part of the probe, behind platform;
# changes nothing.
timeout 10 ip -o addr show scope global 2>/dev/null | awk '{print "x.metallb.link=" $4 " " $2}' | head -n 200
for metallb_link in /sys/class/net/*; do
  metallb_radio=
  [ ! -e "$metallb_link/phy80211" ] || metallb_radio=' radio'
  echo "x.metallb.interface=${metallb_link##*/}$metallb_radio"
done | head -n 200
platform | sed 's/^/x.metallb.platform=/'
metallb_manifests=/var/lib/rancher/rke2/server/manifests
file_fact "$metallb_manifests/rancher-wizard-metallb.yaml" "$metallb_manifests/rancher-wizard-metallb-addresses.yaml" "$metallb_manifests/rancher-wizard-ingress.yaml"
true
