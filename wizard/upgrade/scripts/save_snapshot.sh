#!/bin/sh
# save_snapshot NAME FRESH_S: have etcd save a snapshot, unless one of this name is younger than FRESH_S seconds.
# Prints saved or there, then the file's size, sha256 and path.
set -eu
for rke2 in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do [ -x "$rke2" ] && break; done
folder=$(sed -n 's/^etcd-snapshot-dir: *//p' /etc/rancher/rke2/config.yaml 2>/dev/null | tr -d "\"'" | head -n 1)
folder=${folder:-/var/lib/rancher/rke2/server/db/snapshots}
name=$1 fresh_min=$((($2 + 59) / 60))
# find_fresh MIN: the newest of this name that is younger than so many minutes.
find_fresh() { find "$folder" -maxdepth 1 -type f -name "$name-*" ! -name '*.part' -size +0 -mmin "-$1" -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 1 | cut -d' ' -f2-; }
did=there
path=$(find_fresh "$fresh_min")
if [ -z "$path" ]; then
  said=$(timeout 540 "$rke2" etcd-snapshot save --name "$name" 2>&1) || { echo "$said" | tail -n 3 >&2; exit 1; }
  did=saved
  path=$(find_fresh 10)
fi
[ -n "$path" ] || { echo "no file $name-* came into $folder" >&2; exit 1; }
# A compressed one is no file that they read.
case $path in *.zip) tools= ;; *) tools="etcdutl etcdctl" ;; esac
for tool in $tools; do
  if command -v "$tool" >/dev/null 2>&1; then
    ETCDCTL_API=3 timeout 120 "$tool" snapshot status "$path" >/dev/null 2>&1 || { echo "$tool: $path is not a sound snapshot" >&2; exit 1; }
    break
  fi
done
echo "$did"
stat -c %s "$path"
sha256sum "$path" | cut -d' ' -f1
echo "$path"
