#!/bin/sh
# import_images ARCHIVE NAME...: let RKE2's containerd take an archive in, and let nobody clear away what NAMEs name.
set -u
archive=$1
shift
ctr() {
  "${RW_CTR:-/var/lib/rancher/rke2/bin/ctr}" --address "${RW_CONTAINERD:-/run/k3s/containerd/containerd.sock}" \
    --namespace k8s.io images "$@"
}
# Not unpacked, as RKE2 does it: the first container does that, by the snapshotter that the node is set to.
ctr import --no-unpack "$archive" || exit 1
for name in "$@"; do
  # RKE2 marks what it imports by both, and takes both away at its next start: k3s, pkg/agent/containerd.
  ctr label "$name" io.cattle.rke2.pinned=pinned io.cri-containerd.pinned=pinned >/dev/null || exit 1
  echo "imported $name"
done
