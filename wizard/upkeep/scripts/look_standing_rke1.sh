#!/bin/sh
# look_standing_rke1 ROLE: how RKE1 stands on this node, in the words of look_standing: its kubelet; where they run, also
# what the API and etcd say, and snapshots. Reads only. look_certificates follows it in the same command.
set -u
up=$(timeout 10 docker inspect -f '{{.State.Status}} {{.State.StartedAt}}' kubelet 2>/dev/null)
state=${up%% *} since=0
[ "$state" = running ] && state=active && since=$(date -d "${up#* }" +%s 2>/dev/null)
echo "unit=$state ${since:-0}"
etcd() { timeout 15 docker exec etcd etcdctl --command-timeout=8s "$@" 2>/dev/null; }
members=''
if [ -n "$(timeout 10 docker ps -q --filter 'name=^/?etcd$' --filter status=running 2>/dev/null)" ]; then
  members=$(etcd member list)
  echo "etcd=$(etcd endpoint status -w json | tr -d '\n')"
  echo "$members" | sed 's/^/member=/'
  etcd alarm list | sed 's/^/alarm=/'
fi
if [ -n "$(timeout 10 docker ps -q --filter 'name=^/?kube-apiserver$' --filter status=running 2>/dev/null)" ]; then
  timeout 20 docker exec kubelet kubectl --kubeconfig /etc/kubernetes/ssl/kubecfg-kube-node.yaml --request-timeout=15s get nodes -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{"\n"}{end}' 2>/dev/null |
    while read -r name ready version; do
      voter=False
      echo "$members" | grep -q "started, etcd-$name, .*false$" && voter=True
      echo "node=$name $ready $version $voter"
    done
fi
find /opt/rke/etcd-snapshots -maxdepth 1 -type f -size +0 -name '*.zip' -printf '%s %Ts %f\n' 2>/dev/null | sort -k 2n |
  awk '{last = $0} END {if (NR) print "snapshots=" NR " " last}'
