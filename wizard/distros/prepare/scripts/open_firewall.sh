#!/bin/sh
# open_firewall ITEM...: let in each ITEM, a port (6443/tcp, 30000-32767/tcp) or a network (10.42.0.0/16).
# Prints what it ran, then changed or unchanged.
set -eu
state=unchanged
is_port() { case $1 in */tcp | */udp) return 0 ;; *) return 1 ;; esac; }
if systemctl is-active -q firewalld; then
  for item in "$@"; do
    if is_port "$item"; then set -- --add-port="$item"; query="--query-port=$item"; else set -- --zone=trusted --add-source="$item"; query="--zone=trusted --query-source=$item"; fi
    # shellcheck disable=SC2086
    if firewall-cmd --permanent $query >/dev/null 2>&1 && firewall-cmd $query >/dev/null 2>&1; then continue; fi
    echo "firewall-cmd --permanent $*"
    firewall-cmd -q --permanent "$@"
    firewall-cmd -q "$@"
    state=changed
  done
elif command -v ufw >/dev/null 2>&1 && ufw status | grep -q '^Status: active'; then
  for item in "$@"; do
    if is_port "$item"; then set -- allow "$(echo "$item" | tr - :)"; else set -- allow from "$item"; fi
    echo "ufw $*"
    case $(ufw "$@") in *added* | *updated*) state=changed ;; esac
  done
fi
echo "$state"
