#!/bin/sh
# load_modules NAME...: make each module's feature present; one built into the kernel counts.
set -eu
present() {
  [ -d "/sys/module/$1" ] && return 0
  case $1 in
    br_netfilter) [ -d /proc/sys/net/bridge ] ;;
    overlay) grep -qw overlay /proc/filesystems ;;
    *) return 1 ;;
  esac
}
state=unchanged
for name in "$@"; do
  present "$name" && continue
  modprobe "$name"
  present "$name" || { echo "module $name is not there after modprobe" >&2; exit 1; }
  state=changed
done
echo "$state"
