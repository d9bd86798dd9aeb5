#!/bin/sh
# tidy_images FOLDER PATTERN KEPT...: remove archives of PATTERN in FOLDER that are of the pattern of no KEPT. What they
# alone brought, the kubelet may clear away from then on.
set -u
folder=$1 pattern=$2 gone=''
shift 2
ctr() {
  "${RW_CTR:-/var/lib/rancher/rke2/bin/ctr}" --address "${RW_CONTAINERD:-/run/k3s/containerd/containerd.sock}" \
    --namespace k8s.io images "$@"
}
names() {
  tar -xOf "$1" --occurrence=1 index.json 2>/dev/null | sed -n 's/.*"io\.containerd\.image\.name": "\([^"]*\)".*/\1/p'
}
stays() {
  name=$1
  shift
  for kept in "$@"; do
    # shellcheck disable=SC2254 # it is a pattern
    case $name in $kept) return 0 ;; esac
  done
  return 1
}
for archive in "$folder"/$pattern; do
  if [ -f "$archive" ] && ! stays "${archive##*/}" "$@"; then
    gone="$gone $(names "$archive")"
    rm -f -- "$archive" || exit 1
    echo "removed ${archive##*/}"
  fi
done
[ -n "$gone" ] || exit 0
kept=$(for archive in "$folder"/rancher-wizard-*.tar; do [ ! -f "$archive" ] || names "$archive"; done)
for name in $gone; do
  echo "$kept" | grep -qxF -- "$name" ||
    ctr label "$name" io.cattle.rke2.pinned= io.cri-containerd.pinned= >/dev/null 2>&1
done
true
