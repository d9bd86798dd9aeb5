#!/bin/sh
# haproxy apply CONFIG DROP_IN SOCKET DIGEST DROP_IN_TEXT DRAINED: let HAProxy go by CONFIG (stdin), once it has found it right
# itself. Prints invalid=LINE (nothing was touched), lost=LINE (it did not take it, and goes by the former one again),
# warning=LINE; then changed or unchanged.
config=$1 drop_in=$2 socket=$3 digest=$4 drop_in_text=$5 drained=$6
umask 077
new=$(mktemp)
said=$(mktemp)
trap 'rm -f -- "$new" "$said"' EXIT
cat >"$new"
fresh=no
if [ ! -e "$drained" ]; then fresh=yes; fi
save_drained "$socket" "$drained"

if ! timeout 30 haproxy -c -f "$new" >"$said" 2>&1; then
  grep -v '^Configuration file is valid' "$said" | sed "s|$new|$config|g; s/^/invalid=/" | head -n 12
  if [ "$fresh" = yes ]; then rm -f -- "$drained"; fi
  exit 0
fi
grep -i warning "$said" | sed "s|$new|$config|g; s/^/warning=/" | head -n 12

running() { echo 'show info' | timeout 5 socat -t 3 - "UNIX-CONNECT:$socket" 2>/dev/null | sed -n 's/^[Dd]escription: rancher-wizard //p'; }
# ours: the process at work was started with our file, not with the package's.
ours() {
  main=$(systemctl show -p MainPID --value haproxy)
  [ "$main" != 0 ] && tr '\0' '\n' <"/proc/$main/cmdline" | grep -qxF -- "$config"
}
# serve: go by the files that lie there now; true when it is so.
serve() {
  systemctl daemon-reload
  systemctl reset-failed haproxy 2>/dev/null || true
  if ours; then systemctl reload haproxy >&2 || return 1; else systemctl restart haproxy >&2 || return 1; fi
  tries=0
  while [ "$(running)" != "$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 40 ]; then return 1; fi
    sleep 0.25
  done
}

state=unchanged
# shellcheck disable=SC2154 # set by keep.sh
(umask 077 && mkdir -p "$kept")
if [ -z "$(noted before)" ]; then
  note before "$(systemctl is-active haproxy 2>/dev/null || true) $(systemctl is-enabled haproxy 2>/dev/null || true)"
fi
if command -v getsebool >/dev/null 2>&1 && getsebool haproxy_connect_any 2>/dev/null | grep -q 'off$'; then
  # Without it HAProxy may neither listen on 6443 nor connect there.
  note booleans haproxy_connect_any
  setsebool -P haproxy_connect_any 1 >&2
fi
was=$(running)
had=no
if [ -f "$config" ]; then had=yes; fi
if printf '%s\n' "$drop_in_text" | place "$drop_in" 644; then state=changed; fi
if place "$config" 600 <"$new"; then state=changed; fi
if ! systemctl is-enabled -q haproxy 2>/dev/null; then
  systemctl enable -q haproxy >&2
  state=changed
fi
if [ "$(running)" != "$digest" ]; then
  state=changed
  if ! serve "$digest"; then
    journalctl -q -u haproxy -n 12 -o cat --no-pager 2>/dev/null | sed 's/^/lost=/'
    echo "lost=it does not run by the new file"
    if [ "$had" = yes ]; then
      place "$config" 600 <"$kept/former-$(basename -- "$config")" || true
      serve "$was" || echo "lost=nor by the former one"
    fi
    exit 0
  fi
fi
# What the running configuration does not name is of a former one.
for file in "${config%.cfg}"/*; do
  if [ -f "$file" ] && ! grep -qF -- "$file" "$config"; then rm -f -- "$file"; fi
done
echo "$state"
