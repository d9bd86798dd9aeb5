#!/bin/sh
# support_facts LINES: what helps to find out what is wrong on this node; reads only, and no key, database or Secret.
set -u
lines=$1
show() {
  echo "===== $*"
  timeout 30 "$@" 2>&1 | head -n 4000
}
show uname -a
show cat /etc/os-release
show uptime
show df -h
show free -m
show ip -brief address
show ip route
show ss -lntup
show timedatectl
show systemctl --no-pager --failed
for unit in rke2-server rke2-agent rancherd docker haproxy keepalived firewalld ufw; do
  systemctl cat "$unit" >/dev/null 2>&1 || continue
  show systemctl --no-pager --full status "$unit"
  show journalctl --no-pager -o short-iso -u "$unit" -n "$lines"
done
show dmesg --ctime --level=emerg,alert,crit,err
show ls -la /etc/rancher/rke2 /var/lib/rancher/rke2 /var/lib/rancher/rke2/agent/images /var/lib/rancher/rke2/server/db/snapshots
for file in /etc/rancher/rke2/config.yaml /etc/rancher/rke2/registries.yaml; do
  [ -f "$file" ] && show cat "$file"
done
if command -v docker >/dev/null 2>&1; then
  show docker version
  show docker ps -a
  show ls -la /etc/kubernetes /opt/rke/etcd-snapshots
  for container in etcd etcd-rolling-snapshots kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy nginx-proxy; do
    docker inspect "$container" >/dev/null 2>&1 && show docker logs --tail "$lines" "$container"
  done
fi
if [ -x /var/lib/rancher/rke2/bin/crictl ]; then
  show /var/lib/rancher/rke2/bin/crictl --config /var/lib/rancher/rke2/agent/etc/crictl.yaml ps -a
fi
if [ -x /var/lib/rancher/rke2/bin/kubectl ] && [ -f /etc/rancher/rke2/rke2.yaml ]; then
  kubectl="/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=20s"
  # shellcheck disable=SC2086
  for what in "nodes -o wide" "pods -A -o wide" "events -A --sort-by=.lastTimestamp" "pdb -A" "helmcharts -A"; do
    show $kubectl get $what
  done
fi
exit 0
