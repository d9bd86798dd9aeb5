#!/bin/sh
# reset_etcd ID [SNAPSHOT]: make this server's etcd a cluster of itself alone, out of SNAPSHOT or of what is on its disk.
# The token is in config.yaml. What was there before is kept beside it.
set -eu
id=$1 snapshot=${2-}
mark=/var/lib/rancher-wizard/restore
server=/var/lib/rancher/rke2/server
note() {
  mkdir -p /var/lib/rancher-wizard
  echo "$id $1" >"$mark.new"
  sync "$mark.new"
  mv -f "$mark.new" "$mark"
}
state=$(cat "$mark" 2>/dev/null || true)
if [ "$state" = "$id reset" ]; then
  echo "done before"
  exit 0
fi
for rke2 in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do [ -x "$rke2" ] && break; done
if [ "$state" != "$id resetting" ] || [ ! -e "$server/db/reset-flag" ]; then
  note resetting
  rm -f "$server/db/reset-flag"
  if [ -z "$snapshot" ] && [ -d "$server/db/etcd" ] && [ ! -d "$server/db-before-$id" ]; then
    rm -rf "$server/db-before-$id.new"
    mkdir -m 700 "$server/db-before-$id.new"
    cp -a --reflink=auto "$server/db/etcd" "$server/db-before-$id.new/"
    mv "$server/db-before-$id.new" "$server/db-before-$id"
  fi
  set -- server --cluster-reset
  if [ -n "$snapshot" ]; then
    set -- "$@" "--cluster-reset-restore-path=$snapshot"
    # With S3 configured, a path is taken for the name of an object there; a bare name is meant for one.
    case $snapshot in
      /*) if grep -q '^etcd-s3: *true' /etc/rancher/rke2/config.yaml; then set -- "$@" --etcd-s3=false; fi ;;
    esac
  fi
  "$rke2" "$@" 2>&1
  [ -e "$server/db/reset-flag" ] || { echo "rke2 ended well, but left no reset-flag"; exit 1; }
fi
note reset
echo "etcd is a cluster of this server alone"
