#!/bin/sh
# held_images NAME...: for each image that RKE2's containerd has whole: image=NAME DIGEST.
set -u
ctr=${RW_CTR:-/var/lib/rancher/rke2/bin/ctr} socket=${RW_CONTAINERD:-/run/k3s/containerd/containerd.sock}
for name in "$@"; do
  shift
  set -- "$@" "name==\"$name\""
done
[ $# = 0 ] && exit 0
# Its columns: REF TYPE DIGEST STATUS ("complete (5/5)") SIZE UNPACKED. It fails too where one image is damaged, and then
# tells of the others all the same.
found=$(timeout 90 "$ctr" --address "$socket" --namespace k8s.io images check "$@") || case $found in
  REF*) ;;
  *) exit 1 ;;
esac
echo "$found" | awk '$4 == "complete" {print "image=" $1 " " $3}'
