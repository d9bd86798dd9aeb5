#!/bin/sh
# set_aside ID: move this server's etcd out of the way of a new one, snapshots stay; prints aside, there or absent.
set -eu
id=$1
mark=/var/lib/rancher-wizard/restore
server=/var/lib/rancher/rke2/server
if [ "$(cat "$mark" 2>/dev/null)" = "$id aside" ]; then
  echo there
  exit 0
fi
did=absent
for each in "$server"/db/* "$server"/db/.[!.]*; do
  case $each in */snapshots) continue ;; esac
  [ -e "$each" ] || continue
  mkdir -p "$server/db-before-$id"
  chmod 700 "$server/db-before-$id"
  mv -f "$each" "$server/db-before-$id/"
  did=aside
done
# Not finished before a crash, it is known again by its folder.
if [ -d "$server/db-before-$id" ]; then did=aside; fi
mkdir -p /var/lib/rancher-wizard
echo "$id aside" >"$mark.new"
sync "$mark.new"
mv -f "$mark.new" "$mark"
echo "$did"
