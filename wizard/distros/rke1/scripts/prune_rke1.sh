#!/bin/sh
# prune_rke1 NAME...: delete snapshots of etcd from this node; `rke` has no word for it that takes one by name.
set -eu
for name in "$@"; do
  case $name in */* | .*) echo "$name names no snapshot" >&2; exit 2 ;; esac
  file=/opt/rke/etcd-snapshots/$name.zip
  [ -f "$file" ] || continue
  rm -f -- "$file"
  echo "deleted $name"
done
