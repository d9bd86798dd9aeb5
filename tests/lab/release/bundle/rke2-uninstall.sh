#!/bin/sh
# rke2-uninstall.sh: remove rke2 and its data, snapshots and token included.
[ "$(id -u)" -eq 0 ] || { echo "$(basename "$0") must be run as root" >&2; exit 1; }
data=${RKE2_DATA_DIR:-/var/lib/rancher/rke2}
here=$(dirname "$(readlink -f "$0")")
prefix=$(dirname "$here")
"$here/rke2-killall.sh"
for unit in rke2-server rke2-agent; do
  systemctl disable "$unit" 2>/dev/null
  systemctl reset-failed "$unit" 2>/dev/null
  rm -f "$prefix/lib/systemd/system/$unit.service" "$prefix/lib/systemd/system/$unit.env" "/etc/systemd/system/$unit.service"
done
systemctl daemon-reload
rm -rf "$prefix/share/rke2" /etc/rancher/rke2 /etc/rancher/node /etc/cni /opt/cni/bin /var/lib/cni /var/lib/kubelet
rmdir /etc/rancher 2>/dev/null
rm -rf /var/log/pods /var/log/containers "$data"
rm -f "$here/rke2" "$here/rke2-killall.sh" "$here/rke2-uninstall.sh"
echo 'Cleanup completed successfully'
