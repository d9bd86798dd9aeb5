#!/bin/sh
# What RKE1 leaves on a node, by kind; stands before the scripts that show it and that clean a node.
# Source: Rancher documentation, "Cleaning Up Nodes"; rancher/rke release/v1.6, hosts/hosts.go and services/.
rke1_folders='/etc/ceph /etc/cni /etc/kubernetes /etc/rancher /opt/cni /opt/rke /run/secrets/kubernetes.io /run/calico /run/flannel /var/lib/calico /var/lib/etcd /var/lib/cni /var/lib/kubelet /var/lib/rancher /var/log/containers /var/log/kube-audit /var/log/pods /var/run/calico'
rke1_names='kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|etcd|etcd-rolling-snapshots|etcd-snapshot-once|nginx-proxy|service-sidekick|rke-.*|old-.*|k8s_.*'

# Name, image and status of each; those of pods too.
rke1_containers() {
  command -v docker >/dev/null 2>&1 || return 0
  timeout 60 docker ps -a --format '{{.Names}} {{.Image}} {{.Status}}' 2>/dev/null | grep -E "^($rke1_names) "
}

rke1_full_folders() {
  for folder in $rke1_folders; do
    if [ -d "$folder" ] && [ -n "$(ls -A "$folder" 2>/dev/null)" ]; then echo "$folder"; fi
  done
}

# What has files of its own: a file system mounted below it is not its.
rke1_own_files() {
  for folder in $rke1_folders; do
    [ -d "$folder" ] && find "$folder" -xdev -mindepth 1 ! -type d -print 2>/dev/null | head -n 1
  done
}

# Those of pods, the innermost first; a disk of its own that is mounted for RKE1 stays.
rke1_mounts() {
  awk '$2 ~ "^/var/lib/kubelet/" || ($3 == "tmpfs" && $2 ~ "^/var/lib/(kubelet|rancher)(/|$)") {print $2}' /proc/mounts | sort -r
}

# A veth of a container that is not of Kubernetes hangs on a bridge of Docker. tunl0 is its module's own: it never goes.
rke1_links() {
  for link in /sys/class/net/*; do
    name=${link##*/}
    case $name in
      flannel.1 | cni0 | cali*) echo "$name" ;;
      veth*)
        bridge=$(basename "$(readlink "$link/master" 2>/dev/null)")
        case $bridge in docker* | br-*) ;; *) echo "$name" ;; esac
        ;;
    esac
  done
}

rke1_chains() {
  for tool in iptables ip6tables; do
    command -v "$tool-save" >/dev/null 2>&1 || continue
    "$tool-save" 2>/dev/null | grep -qE '^:(KUBE-|cali-)' && echo "$tool"
  done
}
