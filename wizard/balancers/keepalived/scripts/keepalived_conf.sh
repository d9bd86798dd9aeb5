#!/bin/sh
# keepalived apply CONF CHECK USER FIRST_LINE CHECK_TEXT: put CONF (stdin) and the script CHECK in place, and let the unit go
# by them. Prints foreign=FIRST_LINE (somebody else's file: nothing was touched), invalid=WHY, changed or unchanged.
conf=$1 check=$2 user=$3 first=$4 check_text=$5
umask 077
new=$(mktemp)
plain=$(mktemp)
said=$(mktemp)
trap 'rm -f -- "$new" "$plain" "$said"' EXIT
cat >"$new"

for path in "$conf" "$check"; do
  if [ -e "$path" ] && ! grep -q '^# Written by rancher-wizard' "$path" && ! pristine "$path"; then
    echo "foreign=$path: $(head -n 1 "$path" | cut -c1-100)"
    exit 0
  fi
done
if [ -e "$conf" ] && grep -q '^# Written by rancher-wizard' "$conf" && [ "$(head -n 1 "$conf")" != "$first" ]; then
  echo "foreign=$conf: $(head -n 1 "$conf" | cut -c1-100)"
  exit 0
fi

if ! getent passwd "$user" >/dev/null; then
  useradd -r -M -U -d /nonexistent -s "$(command -v nologin || echo /usr/sbin/nologin)" -c "keepalived's scripts" "$user" >&2
  note users "$user"
fi

# keepalived 2.2.7 and before end themselves by SIGTERM on a file with scripts: what is tried goes without them.
awk '/^vrrp_script / || /^    track_script / { skip = 1 } !skip { print } skip && /^ *}$/ { skip = 0 }' "$new" >"$plain"
if ! timeout 20 keepalived -t -f "$plain" >"$said" 2>&1 || [ -s "$said" ]; then
  sed 's/auth_pass.*/auth_pass …/; s/^/invalid=/' "$said" | head -n 10
  [ -s "$said" ] || echo "invalid=keepalived -t found the file wrong and said nothing"
  exit 0
fi

state=unchanged
# shellcheck disable=SC2154 # set by keep.sh
(umask 077 && mkdir -p "$kept")
if printf '%s\n' "$check_text" | place "$check" 755; then state=changed; fi
if place "$conf" 600 <"$new"; then state=changed; fi
if ! systemctl is-enabled -q keepalived 2>/dev/null; then
  note enabled keepalived
  systemctl enable -q keepalived >&2
  state=changed
fi
if ! systemctl is-active -q keepalived; then
  systemctl start keepalived >&2
  state=changed
elif [ "$state" = changed ]; then
  systemctl reload keepalived >&2
fi
echo "$state"
