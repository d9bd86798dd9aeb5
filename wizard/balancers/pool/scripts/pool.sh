#!/bin/sh
# pool VERB SOCKET KEPT SERVER SECONDS BACKEND...: by haproxy's runtime socket, let SERVER leave every backend that it is
# in (no new connection comes to it, those under way have SECONDS to end and are cut then), or enter them again (within
# SECONDS it is UP in each BACKEND; others are not waited for). KEPT is where its next process reads who is out.
# Prints left=BACKEND CUT, alone=BACKEND (no other is UP there: left as it is), entered=BACKEND, down=BACKEND STATUS, or absent.
# show prints show=BACKEND SERVER STATUS CHECK SESSIONS for all of them.
set -u
verb=$1 socket=$2 kept=$3 server=${4-} seconds=${5-0}
if [ $# -gt 5 ]; then shift 5; else shift $#; fi

ask() { printf '%s\n' "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$socket"; }
# backends: those that SERVER is in, each with its number there.
backends() { ask "show servers state" | awk -v server="$server" '$4 == server {print $2 ":" $3}'; }
# others_up BACKEND: how many others take connections.
others_up() { ask "show servers state" | awk -v backend="$1" -v server="$server" '$2 == backend && $4 != server && $6 == 2 && $7 == 0' | wc -l; }
# value BACKEND COLUMN: of SERVER in the statistics.
value() { ask "show stat" | awk -F, -v backend="$1" -v server="$server" -v column="$2" '$1 == backend && $2 == server {print $column}'; }

if [ "$verb" = show ]; then
  ask "show stat" | awk -F, '!/^#/ && $1 ~ /^be_/ && $2 != "BACKEND" && NF > 36 {gsub(/ /, "_", $18); print "show=" $1 " " $2 " " $18 " " ($37 == "" ? "-" : $37) " " $5}'
  exit 0
fi

found=$(backends)
if [ -z "$found" ]; then
  ask "show info" | grep -q '^Version' || {
    echo "haproxy does not answer at $socket" >&2
    exit 1
  }
  echo absent
  exit 0
fi

# forget BACKEND:NUMBER...: that clients stick to it there; those would be let in all the same.
forget() { for pair in "$@"; do ask "clear table ${pair%:*} data.server_id eq ${pair#*:}" >/dev/null; done; }

# Of two that leave at once each would count on the other to stay.
exec 9<"$(dirname -- "$kept")" && flock 9

if [ "$verb" = leave ]; then
  draining=
  for each in $found; do
    backend=${each%:*}
    if [ "$(others_up "$backend")" -eq 0 ]; then
      echo "alone=$backend"
      continue
    fi
    ask "set server $backend/$server state drain" >/dev/null
    draining="$draining $each"
  done
  save_drained "$socket" "$kept"
  exec 9<&-
  # shellcheck disable=SC2086
  forget $draining
  for each in $draining; do
    backend=${each%:*} waited=0
    while [ "$(value "$backend" 5)" != 0 ] && [ "$waited" -lt $((seconds * 2)) ]; do
      sleep 0.5
      waited=$((waited + 1))
      # An answer that comes late sticks its client to the server anew.
      # shellcheck disable=SC2086
      forget $draining
    done
    cut=$(value "$backend" 5)
    if [ "${cut:-0}" != 0 ]; then ask "shutdown sessions server $backend/$server" >/dev/null; fi
    forget "$each"
    echo "left=$backend ${cut:-0}"
    # The time is for all of them together.
    seconds=$((seconds - waited / 2))
  done
  exit 0
fi

for each in $found; do ask "set server ${each%:*}/$server state ready" >/dev/null; done
save_drained "$socket" "$kept"
exec 9<&-
for each in $found; do
  backend=${each%:*} waited=0 limit=0
  for awaited in "$@"; do if [ "$awaited" = "$backend" ]; then limit=$((seconds * 2)); fi; done
  while status=$(value "$backend" 18) && [ "$status" != UP ] && [ "$waited" -lt "$limit" ]; do
    sleep 0.5
    waited=$((waited + 1))
  done
  if [ "$status" = UP ]; then echo "entered=$backend"; else echo "down=$backend $status $(value "$backend" 37)"; fi
  seconds=$((seconds - waited / 2))
done
