#!/bin/sh
# remote_lock take|free|look OWNER HOLDER STALE_S: a lock that a reboot frees, and that grows stale unless taken again.
# Prints taken, freed or (look, which changes nothing) free; else who holds it.
set -eu
what=$1 owner=$2 holder=$3 stale=$4
folder=/run/rancher-wizard
lock=$folder/lock
others() {
  [ -f "$lock" ] && [ "$(sed -n 1p "$lock")" != "$owner" ] || return 1
  age=$(($(date +%s) - $(stat -c %Y "$lock")))
  [ "$age" -lt "$stale" ] || return 1
  sed -n 2p "$lock"
  echo "refreshed $age s ago"
}
if [ "$what" = look ]; then
  others || echo free
  exit 0
fi
mkdir -p "$folder"
chmod 700 "$folder"
exec 9>"$folder/.guard"
flock -w 10 9
if others; then exit 0; fi
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
