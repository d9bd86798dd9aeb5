#!/bin/sh
# What RKE1 and Docker are on this host; part of the probe, changes nothing.
if command -v docker >/dev/null 2>&1; then
  rke1_docker=$(timeout 15 docker version --format '{{.Server.Version}}' 2>/dev/null) || rke1_docker=
  [ -n "$rke1_docker" ] && echo "x.rke1.docker=$rke1_docker"
  # Those of pods are counted alone: a node may have hundreds.
  rke1_containers | awk '$1 ~ /^k8s_/ {pods++; next} {print "x.rke1.container=" $0} END {print "x.rke1.pods=" pods + 0}'
  timeout 15 docker image ls --format 'x.rke1.image={{.Repository}}:{{.Tag}}' 2>/dev/null
  # The kubelet's image has kubectl, and its certificate may list nodes.
  if [ -n "$(timeout 10 docker ps -q --filter name='^/?kube-apiserver$' --filter status=running 2>/dev/null)" ]; then
    timeout 15 docker exec kubelet kubectl --kubeconfig /etc/kubernetes/ssl/kubecfg-kube-node.yaml --request-timeout=8s get nodes -o jsonpath='{range .items[*]}{"x.rke1.node="}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.nodeInfo.kubeletVersion}{" "}{.spec.unschedulable}{"\n"}{end}' 2>/dev/null
  fi
fi
if [ -f /var/lib/rancher-wizard/rke1 ]; then echo "x.rke1.mark=$(head -n 1 /var/lib/rancher-wizard/rke1 | cut -c1-200)"; fi
if [ -f /etc/kubernetes/ssl/kube-ca.pem ]; then
  # As our state file is read: the base64 of the certificate, however its lines are cut.
  echo "x.rke1.ca=$(grep -v -e '-----' /etc/kubernetes/ssl/kube-ca.pem | tr -d ' \r\n' | sha256sum | cut -d ' ' -f 1)"
fi
if [ -d /opt/rke/etcd-snapshots ]; then
  find /opt/rke/etcd-snapshots -maxdepth 1 -type f -name '*.zip' -size +0 -printf 'x.rke1.snapshot=%s %T@ %f\n' 2>/dev/null
fi
rke1_full_folders | sed 's/^/x.rke1.folder=/'
rke1_mounts | sed 's/^/x.rke1.mount=/'
rke1_links | sed 's/^/x.rke1.link=/'
true
