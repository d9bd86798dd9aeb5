#!/bin/sh
# remote_lock take|free OWNER HOLDER STALE_S: a lock that a reboot frees, and that grows stale unless taken again.
# Prints taken or freed; else who holds it.
set -eu
what=$1 owner=$2 holder=$3 stale=$4
folder=/run/rancher-wizard
mkdir -p "$folder"
chmod 700 "$folder"
exec 9>"$folder/.guard"
flock -w 10 9
lock=$folder/lock
if [ -f "$lock" ] && [ "$(sed -n 1p "$lock")" != "$owner" ]; then
  age=$(($(date +%s) - $(stat -c %Y "$lock")))
  if [ "$age" -lt "$stale" ]; then
    sed -n 2p "$lock"
    echo "refreshed $age s ago"
    exit 0
  fi
fi
case $what in
  take)
    printf '%s\n%s\n' "$owner" "$holder" >"$lock.new"
    mv "$lock.new" "$lock"
    echo taken
    ;;
  free)
    rm -f "$lock"
    echo freed
    ;;
esac
