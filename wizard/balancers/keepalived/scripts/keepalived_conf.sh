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

# pristine PATH: it is the package's own, as it came.
pristine() {
  if command -v rpm >/dev/null 2>&1; then
    rpm -qf "$1" >/dev/null 2>&1 && ! rpm -Vf "$1" 2>/dev/null | grep -qF " $1"
  else
    owner=$(dpkg -S "$1" 2>/dev/null | cut -d: -f1) && [ -n "$owner" ] && ! dpkg --verify "$owner" 2>/dev/null | grep -qF " $1"
  fi
}
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

# place PATH MODE: let stdin be its text, whole or not at all; false when it was so already.
place() {
  temp=$1.rancher-wizard
  (umask 022 && mkdir -p -- "$(dirname -- "$1")")
  cat >"$temp"
  chmod "$2" "$temp"
  if [ -f "$1" ] && cmp -s "$1" "$temp" && [ "$(stat -c %a "$1")" = "$2" ]; then
    rm -f -- "$temp"
    return 1
  fi
  keep "$1"
  # shellcheck disable=SC2154 # set by keep.sh
  if [ -f "$1" ]; then cp -p -- "$1" "$kept/former-$(basename -- "$1")"; fi
  sync "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
  if command -v restorecon >/dev/null 2>&1; then restorecon -- "$1" >/dev/null 2>&1 || true; fi
  note written "$(sha256sum <"$1" | cut -d ' ' -f 1) $1"
}
state=unchanged
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
