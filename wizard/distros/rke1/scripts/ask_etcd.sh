#!/bin/sh
# ask_etcd: etcd's members as etcd on this node lists them, `member NAME URL LEARNER`, then `healthy URL` of each that is.
# Its container has what etcdctl needs in its environment: rancher/rke, cluster/plan.go.
set -u
if ! list=$(timeout 20 docker exec etcd etcdctl --command-timeout=8s member list 2>&1); then
  echo "$list" | tail -n 1 >&2
  exit 1
fi
echo "$list" | awk -F ', *' 'NF >= 5 {print "member", ($3 == "" ? "-" : $3), ($5 == "" ? "-" : $5), ($6 == "" ? "false" : $6)}'
timeout 40 docker exec etcd etcdctl --command-timeout=8s endpoint health --cluster 2>&1 | awk '/ is healthy/ {print "healthy", $1}'
exit 0
