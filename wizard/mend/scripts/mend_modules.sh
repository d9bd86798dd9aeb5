#!/bin/sh
# mend modules FILE NAME...: present now and, by FILE, at each boot; what is built into the kernel counts.
present() {
  [ -d "/sys/module/$1" ] && return 0
  case $1 in
    br_netfilter) [ -d /proc/sys/net/bridge ] ;;
    overlay) grep -qw overlay /proc/filesystems ;;
    *) return 1 ;;
  esac
}
if undoing; then
  restore
  noted loaded | while read -r module; do run modprobe -r "$module" || echo "say=$module is in use and stays until the next boot"; done
  forget
  exit 0
fi
file=$1
shift
for module in "$@"; do
  present "$module" && continue
  note loaded "$module"
  run modprobe "$module"
  looking || present "$module" || give_up "module $module is not there after modprobe"
done
printf '%s\n' "# Written by rancher-wizard" "$@" | put "$file"
