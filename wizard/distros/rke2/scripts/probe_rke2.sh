#!/bin/sh
# What RKE2 has left on this host; part of the probe, changes nothing.
rke2_data=/var/lib/rancher/rke2
if [ -d /run/rancher-wizard/rancher-wizard-install ]; then echo "x.rke2.job=there"; fi
if [ -f /var/lib/rancher-wizard/cordoned ]; then echo "x.rke2.cordoned=yes"; fi
if [ -f /var/lib/rancher-wizard/restore ]; then echo "x.rke2.restore=$(head -n 1 /var/lib/rancher-wizard/restore | cut -c1-80)"; fi
rke2_kept=$(sed -n 's/^etcd-snapshot-dir: *//p' /etc/rancher/rke2/config.yaml 2>/dev/null | tr -d "\"'" | head -n 1)
find "${rke2_kept:-$rke2_data/server/db/snapshots}" -maxdepth 1 -type f -size +0 ! -name '*.part' ! -name '.*' -printf 'x.rke2.snapshot=%s %Ts %p\n' 2>/dev/null | sort -k 2n | tail -n 100
for rke2_bin in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do
  [ -x "$rke2_bin" ] || continue
  echo "x.rke2.bin=$rke2_bin"
  echo "x.rke2.version=$(timeout 10 "$rke2_bin" --version 2>/dev/null | awk 'NR==1{print $3}')"
  break
done
if [ -f /etc/rancher/rke2/config.yaml ]; then
  echo "x.rke2.marker=$(head -n 1 /etc/rancher/rke2/config.yaml | cut -c1-200)"
fi
for rke2_ca in "$rke2_data/server/tls/server-ca.crt" "$rke2_data/agent/server-ca.crt"; do
  [ -f "$rke2_ca" ] && echo "x.rke2.ca=$(sha256sum <"$rke2_ca" | cut -d' ' -f1)" && break
done
# RKE2 writes the manifest of its etcd at a start: one younger than the binary says that its etcd has run.
rke2_etcd=$(stat -c %Y "$rke2_data/agent/pod-manifests/etcd.yaml" 2>/dev/null || echo 0)
if [ "$rke2_etcd" -ge "$(stat -c %Z "${rke2_bin:-/nowhere}" 2>/dev/null || echo 0)" ] && [ "$rke2_etcd" != 0 ]; then echo "x.rke2.etcd_newer=yes"; fi
[ -d "$rke2_data/server/db/etcd/member" ] && echo "x.rke2.etcd=yes"
if rke2_policy=$(timeout 10 rpm -q --qf '%{EPOCHNUM}:%{VERSION}-%{RELEASE}\n' rke2-selinux 2>/dev/null); then
  echo "x.rke2.policy=$(printf '%s\n' "$rke2_policy" | tail -n 1)"
fi
if getent passwd etcd >/dev/null && getent group etcd >/dev/null; then echo "x.rke2.etcd_user=yes"; fi
for rke2_role in server agent; do
  rke2_show=$(timeout 10 systemctl show "rke2-$rke2_role" -p LoadState -p ActiveState -p UnitFileState -p ExecMainStartTimestamp 2>/dev/null) || continue
  case $rke2_show in *LoadState=loaded*) ;; *) continue ;; esac
  rke2_started=$(echo "$rke2_show" | sed -n 's/^ExecMainStartTimestamp=//p')
  [ -n "$rke2_started" ] && rke2_started=$(date -d "$rke2_started" +%s 2>/dev/null)
  echo "x.rke2.unit.$rke2_role=$(echo "$rke2_show" | sed -n 's/^ActiveState=//p') $(echo "$rke2_show" | sed -n 's/^UnitFileState=//p') ${rke2_started:-0}"
done
for rke2_image in "$rke2_data"/agent/images/rke2-images*.tar.*; do
  [ -f "$rke2_image" ] && echo "x.rke2.image=$(stat -c '%s %n' "$rke2_image")"
done
if [ -x "$rke2_data/bin/kubectl" ] && [ -f /etc/rancher/rke2/rke2.yaml ]; then
  timeout 10 "$rke2_data/bin/kubectl" --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=8s get nodes -o jsonpath='{range .items[*]}{"x.rke2.node="}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.status.conditions[?(@.type=="EtcdIsVoter")].status}{"\n"}{end}' 2>/dev/null
fi
true
