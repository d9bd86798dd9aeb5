#!/bin/sh
# halt_rke2 ROLE ID [pods]: stop RKE2 here, with `pods` all that it left running too, and keep a boot from starting it,
# unless the restore ID has had this node already. Prints halted, there or absent.
set -u
role=$1 id=$2 pods=${3-} unit=rke2-$1
mark=/var/lib/rancher-wizard/restore
state=$(cat "$mark" 2>/dev/null || true)
case $state in
  "$id halted") if [ "$role" = agent ] && systemctl is-active --quiet "$unit"; then echo there; exit 0; fi ;;
  "$id "*) echo there; exit 0 ;;
esac
note() {
  mkdir -p /var/lib/rancher-wizard
  echo "$id $1" >"$mark.new" && sync "$mark.new" && mv -f "$mark.new" "$mark"
}
find_etcd() {
  for comm in /proc/[0-9]*/comm; do
    if [ "$(cat "$comm" 2>/dev/null)" = etcd ]; then
      basename "$(dirname "$comm")"
      return
    fi
  done
}
if [ "$(systemctl show -p LoadState --value "$unit")" != loaded ]; then
  note halted
  echo absent
  exit 0
fi
systemctl disable --quiet "$unit" 2>/dev/null
timeout 90 systemctl stop "$unit" || systemctl kill -s KILL "$unit"
systemctl reset-failed "$unit" 2>/dev/null
if [ -n "$pods" ]; then
  for killall in /usr/local/bin/rke2-killall.sh /opt/rke2/bin/rke2-killall.sh /usr/bin/rke2-killall.sh; do
    # What it says is noise, and its status means nothing.
    if [ -x "$killall" ]; then timeout 180 "$killall" >/dev/null 2>&1; break; fi
  done
  # A process that was killed is there until the kernel has let go of it.
  tries=0
  while left=$(find_etcd) && [ -n "$left" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 30 ]; then
      echo "etcd still runs (process $left)" >&2
      exit 1
    fi
    sleep 1
  done
fi
case $(systemctl is-active "$unit") in
  active | activating | reloading) echo "$unit does not stop" >&2; exit 1 ;;
esac
note halted
echo halted
