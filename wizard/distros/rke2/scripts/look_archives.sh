#!/bin/sh
# The wizard's own archives of images on this host, and what RKE2's containerd has; part of the probe, changes nothing.
rke2_ctr=${RW_CTR:-/var/lib/rancher/rke2/bin/ctr} rke2_socket=${RW_CONTAINERD:-/run/k3s/containerd/containerd.sock}
for rke2_archive in /var/lib/rancher/rke2/agent/images/rancher-wizard-*.tar; do
  [ -f "$rke2_archive" ] && echo "x.rke2.archive=$(stat -c %s "$rke2_archive") ${rke2_archive##*/}"
done
if [ -x "$rke2_ctr" ] && [ -S "$rke2_socket" ]; then
  timeout 15 "$rke2_ctr" --address "$rke2_socket" --namespace k8s.io images list --quiet 2>/dev/null | sed 's/^/x.rke2.held=/'
fi
true
