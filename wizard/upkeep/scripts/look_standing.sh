#!/bin/sh
# look_standing ROLE: how RKE2 stands on this node: its unit; on a server also what the API and etcd say, and snapshots.
# Reads only. look_certificates follows it in the same command.
set -u
role=$1 data=/var/lib/rancher/rke2
show=$(timeout 10 systemctl show "rke2-$role" -p ActiveState -p ExecMainStartTimestamp 2>/dev/null)
since=$(echo "$show" | sed -n 's/^ExecMainStartTimestamp=//p')
[ -n "$since" ] && since=$(date -d "$since" +%s 2>/dev/null)
echo "unit=$(echo "$show" | sed -n 's/^ActiveState=//p') ${since:-0}"
if [ "$role" = server ]; then
  timeout 20 "$data/bin/kubectl" --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=15s get nodes -o jsonpath='{range .items[*]}{"node="}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.status.conditions[?(@.type=="EtcdIsVoter")].status}{"\n"}{end}' 2>/dev/null
  if command -v etcdctl >/dev/null 2>&1; then
    ask() { ETCDCTL_API=3 timeout 15 etcdctl "$@"; }
  else
    # RKE2 brings it in etcd's own pod alone.
    CRI_CONFIG_FILE=$data/agent/etc/crictl.yaml
    export CRI_CONFIG_FILE
    pod=$(timeout 10 "$data/bin/crictl" ps --label io.kubernetes.container.name=etcd -q 2>/dev/null | head -n 1)
    ask() { timeout 15 "$data/bin/crictl" exec "${pod:-none}" etcdctl "$@"; }
  fi
  tls=$data/server/tls/etcd
  etcd() { ask --endpoints https://127.0.0.1:2379 --cacert "$tls/server-ca.crt" --cert "$tls/server-client.crt" --key "$tls/server-client.key" "$@" 2>/dev/null; }
  echo "etcd=$(etcd endpoint status -w json | tr -d '\n')"
  etcd member list | sed 's/^/member=/'
  etcd alarm list | sed 's/^/alarm=/'
  kept=$(sed -n 's/^etcd-snapshot-dir: *//p' /etc/rancher/rke2/config.yaml 2>/dev/null | tr -d "\"'" | head -n 1)
  find "${kept:-$data/server/db/snapshots}" -maxdepth 1 -type f -size +0 ! -name '*.part' ! -name '.*' -printf '%s %Ts %f\n' 2>/dev/null | sort -k 2n |
    awk '{last = $0} END {if (NR) print "snapshots=" NR " " last}'
fi
