#!/bin/sh
# spread_open LEASE_S LIMIT_S ADDRESS PYTHON PORT...: let a unit give files to other nodes until LEASE_S seconds after the
# last byte, LIMIT_S in all; PYTHON is the program's text, stdin what it may give and to whom.
# Prints program= (none: no Python here) and port=.
set -u
lease=$1 limit=$2 address=$3 python=$4
shift 4
unit=rancher-wizard-spread
dir=/run/$unit

program=
for each in python3 /usr/libexec/platform-python; do
  if [ -z "$program" ] && command -v "$each" >/dev/null 2>&1; then program=$(command -v "$each"); fi
done
if [ -z "$program" ]; then
  cat >/dev/null
  echo "program=none"
  exit 0
fi
echo "program=${program##*/}"

# Left by a run that was killed a moment ago: its token is nobody's any more.
systemctl stop "$unit.service" >/dev/null 2>&1
systemctl reset-failed "$unit.service" >/dev/null 2>&1
rm -rf -- "$dir"
umask 077
mkdir -- "$dir" && cat >"$dir/given" || exit 1
# An address that is not on this host (NAT, a name) leads here all the same: then every address answers.
ip -o addr show 2>/dev/null | awk '{sub(/\/.*/, "", $4); print $4}' | grep -Fqx -- "$address" || address=0.0.0.0
systemd-run --quiet --no-ask-password --collect --unit="$unit" --description="rancher-wizard spread" \
  --property="RuntimeMaxSec=$limit" --property=RuntimeDirectory="$unit" --property=RuntimeDirectoryMode=0700 \
  "$program" -c "$python" "$dir" "$lease" "$address" "$@" >&2 || {
  rm -rf -- "$dir"
  exit 1
}
tries=0
while [ ! -f "$dir/port" ] && [ "$tries" -lt 100 ]; do
  sleep 0.1
  tries=$((tries + 1))
done
if [ ! -f "$dir/port" ]; then
  systemctl stop "$unit.service" >/dev/null 2>&1
  echo "it did not start: $(journalctl -q -n 1 -o cat -u "$unit.service" 2>/dev/null)" >&2
  exit 1
fi
echo "port=$(cat "$dir/port")"
