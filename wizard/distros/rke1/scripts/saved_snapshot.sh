#!/bin/sh
# saved_snapshot PREFIX MAX_AGE_S: the newest snapshot of etcd whose name begins so, if it is younger: name, bytes.
[ -d /opt/rke/etcd-snapshots ] || exit 0
find /opt/rke/etcd-snapshots -maxdepth 1 -type f -name "$1*" -size +0 -newermt "-$2 seconds" -printf '%T@ %f %s\n' |
  sort -n | tail -n 1 | cut -d ' ' -f 2-
