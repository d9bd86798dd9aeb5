#!/bin/sh
# prune_snapshots NAME...: have RKE2 delete snapshots of these names from this server; prints each that it deleted.
set -eu
for rke2 in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do [ -x "$rke2" ] && break; done
for name in "$@"; do
  timeout 60 "$rke2" etcd-snapshot delete "$name" >&2
  echo "deleted $name"
done
