#!/bin/sh
# Part of the probe: what other installations of Kubernetes have left here. Changes nothing.
for path in /etc/kubernetes/manifests /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf /etc/kubernetes/ssl /opt/rke \
  /etc/rancher/k3s /var/lib/rancher/k3s /usr/local/bin/k3s /etc/rancher/rke2 /var/lib/rancher/rke2/server /var/lib/rancher/rke2/agent \
  /etc/rancher/node /var/lib/rancher/agent /var/lib/kubelet /var/lib/cni /var/lib/calico /run/flannel /run/calico; do
  if [ -f "$path" ] || { [ -d "$path" ] && [ -n "$(bounded find "$path" -mindepth 1 -print -quit)" ]; }; then
    echo "x.left.path=$path"
  fi
done
for path in /etc/cni/net.d/*; do [ -f "$path" ] && echo "x.left.cni=$path"; done | head -n 10
for link in cni0 flannel.1 flannel-v6.1 vxlan.calico cilium_host cilium_vxlan kube-ipvs0 kube-bridge weave; do
  [ -e "/sys/class/net/$link" ] && echo "x.left.link=$link"
done
for link in /sys/class/net/cali*; do [ -e "$link" ] && echo "x.left.link=${link##*/}"; done | head -n 3
# By name and not by command line: an operator's editor may have kubelet in its arguments.
cat /proc/[0-9]*/comm 2>/dev/null | grep -Ex 'kubelet|kube-apiserver|kube-proxy|k3s|k3s-server|k3s-agent|rke2|etcd|containerd-shim.*|rancher-system-' |
  sort -u | head -n 10 | sed 's/^/x.left.process=/'
if command -v docker >/dev/null 2>&1; then
  echo "x.docker.version=$(bounded docker version --format '{{.Server.Version}}')"
  bounded docker ps -a --format '{{.Names}}' | grep -E '^(k8s_|kube-|kubelet$|etcd$|rke-)' | head -n 10 | sed 's/^/x.left.container=/'
fi
unit_facts kubelet.service k3s.service k3s-agent.service rancher-system-agent.service rke2-server.service rke2-agent.service
# The second RancherD has a file of its own, and writes RKE2's beside it.
{ head -n 1 /etc/rancher/rke2/config.yaml || head -n 1 /etc/rancher/rancherd/config.yaml; } 2>/dev/null | cut -c1-200 | sed 's/^/x.left.marker=/'
true
