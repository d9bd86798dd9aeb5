#!/bin/sh
# open_firewall ITEM...: let in each ITEM, a port (6443/tcp, 30000-32767/tcp) or a network (10.42.0.0/16).
# Prints what it ran, then changed or unchanged.
set -eu
state=unchanged

# run COMMAND...: say it, then do it.
run() {
  echo "$*"
  "$@"
  state=changed
}

# missing LIST ITEM...: print each ITEM that LIST has not.
missing() {
  list=" $(echo "$1" | tr '\n' ' ') "
  shift
  for item in "$@"; do
    case $list in *" $item "*) ;; *) echo "$item" ;; esac
  done
}

# in_firewalld KEPT ITEM...: open what is not open; KEPT is --permanent or empty. One call takes half a second.
in_firewalld() {
  kept=$1
  shift
  # shellcheck disable=SC2086
  open=$({ firewall-cmd $kept --list-ports; firewall-cmd $kept --zone=trusted --list-sources; } 2>/dev/null)
  ports='' networks=''
  for item in $(missing "$open" "$@"); do
    case $item in
      */tcp | */udp) ports="$ports --add-port=$item" ;;
      *) networks="$networks --add-source=$item" ;;
    esac
  done
  # shellcheck disable=SC2086
  if [ -n "$ports" ]; then run firewall-cmd -q $kept $ports; fi
  # shellcheck disable=SC2086
  if [ -n "$networks" ]; then run firewall-cmd -q $kept --zone=trusted $networks; fi
}

in_ufw() {
  for item in "$@"; do
    case $item in
      */tcp | */udp) set -- allow "$(echo "$item" | tr - :)" ;;
      *) set -- allow from "$item" ;;
    esac
    echo "ufw $*"
    case $(ufw "$@") in *added* | *updated*) state=changed ;; esac
  done
}

if systemctl is-active -q firewalld; then
  in_firewalld --permanent "$@"
  in_firewalld '' "$@"
elif command -v ufw >/dev/null 2>&1 && ufw status | grep -q '^Status: active'; then
  in_ufw "$@"
fi
echo "$state"
