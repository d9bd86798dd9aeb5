#!/bin/sh
# Part of the probe: what storage for applications needs on this node. Changes nothing.
case ${rw_storage:-none} in none) exit 0 ;; esac
for tool in ${rw_storage_tools:-}; do command -v "$tool" >/dev/null 2>&1 && echo "x.storage.tool=$tool"; done
unit_facts iscsid.service iscsid.socket multipathd.service
sed -n 's/^InitiatorName=\([^[:space:]]*\).*/x.storage.initiator=\1/p' /etc/iscsi/initiatorname.iscsi 2>/dev/null | head -n 1
# A blacklist of the devices that iSCSI disks show as, or of Longhorn's own by vendor.
cat /etc/multipath.conf /etc/multipath/conf.d/*.conf 2>/dev/null | awk '
  /^[ \t]*#/ {next} /blacklist[ \t]*\{/ {inside = 1} inside && /devnode.*sd|vendor.*IET/ {found = 1} /\}/ {inside = 0}
  END {if (found) print "x.storage.multipath=spares"}'
# Optional fields of the mount that the kubelet's folder is on: shared:N where what is mounted below is seen by others.
place=/var/lib/kubelet
while [ ! -d "$place" ]; do place=$(dirname "$place"); done
case $(bounded findmnt -no PROPAGATION -T "$place") in
  *shared*) echo "x.storage.propagation=shared" ;;
  ?*) echo "x.storage.propagation=private" ;;
esac
if [ -n "${rw_nfs:-}" ] && command -v bash >/dev/null 2>&1; then
  # shellcheck disable=SC2016 # expanded by the inner shell
  if timeout -k 1 5 bash -c 'exec 3<>"/dev/tcp/$1/2049"' ask "$rw_nfs" >/dev/null 2>&1 </dev/null; then
    echo "x.storage.nfs=open"
  else
    echo "x.storage.nfs=closed"
  fi
fi
true
