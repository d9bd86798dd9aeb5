#!/bin/sh
# remove_manifests PATH...: take files away that RKE2 deploys by itself; prints removed=PATH for each that was there. What
# they have brought about stays in the cluster.
set -eu
for path in "$@"; do
  if [ -e "$path" ]; then
    rm -f -- "$path"
    echo "removed=$path"
  fi
done
sync
