#!/bin/sh
# rke2-killall.sh: stop the services and all that they left running; data stays.
[ "$(id -u)" -eq 0 ] || { echo "$(basename "$0") must be run as root" >&2; exit 1; }
data=${RKE2_DATA_DIR:-/var/lib/rancher/rke2}
for unit in rke2-server rke2-agent; do
  if [ -s "/etc/systemd/system/$unit.service" ] || [ -s "/usr/local/lib/systemd/system/$unit.service" ]; then
    systemctl stop "$unit.service"
  fi
done
for file in /run/k3s/standin/*.pid; do
  [ -f "$file" ] || continue
  pid=$(cat "$file")
  # A number that now belongs to another program must not be killed.
  name=$(basename "$file" .pid)
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "$name"; then kill -9 "$pid"; fi
done
rm -rf /run/k3s
rm -f "$data"/agent/pod-manifests/*.yaml
exit 0
