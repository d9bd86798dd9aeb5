#!/bin/sh
# clean_rke1 MARKER MARK FILE...: take all that RKE1 has left off this node, if its MARK says that it is of this cluster,
# then FILEs that bear our mark. Docker stays. Prints nothing-here or cleaned last.
# Source: Rancher documentation, "Cleaning Up Nodes".
set -u
marker=$1 mark=$2
shift 2
for other in /var/lib/rancher/rke2 /var/lib/rancher/k3s; do
  if [ -d "$other" ]; then
    echo "not of this cluster: $other is here" >&2
    exit 3
  fi
done
if [ -f "$mark" ]; then
  if ! head -n 1 "$mark" | grep -qxF -- "$marker"; then
    echo "not of this cluster ($mark: $(head -n 1 "$mark" | cut -c1-90))" >&2
    exit 3
  fi
elif [ -n "$(rke1_containers)" ] || [ -f /etc/kubernetes/ssl/kube-ca.pem ] || [ -d /var/lib/etcd/member ]; then
  echo "not of this cluster: RKE1 is here, and there is no $mark" >&2
  exit 3
else
  echo nothing-here
  exit 0
fi

images=$(rke1_containers | cut -d ' ' -f 2 | sort -u)
rke1_containers | cut -d ' ' -f 1 | xargs -r -n 50 docker rm -f -v 2>&1 | sed 's/^/container /'
rke1_mounts | while read -r place; do umount "$place" 2>&1 || umount -l "$place" 2>&1; done
for folder in $(rke1_full_folders); do
  # Not into a file system of its own: snapshots may lie on one that other nodes use too.
  find "$folder" -xdev -mindepth 1 -delete 2>/dev/null
  below=$(find "$folder" -mindepth 1 -type d -exec mountpoint -q {} \; -print 2>/dev/null)
  if [ -n "$below" ]; then echo "left, a file system of its own: $below"; else echo "emptied $folder"; fi
done
rke1_links | while read -r link; do ip link delete "$link" 2>&1 && echo "interface $link"; done
for tool in $(rke1_chains); do
  "$tool-save" | grep -vE 'KUBE-|cali-' | "$tool-restore" 2>&1 && echo "chains of $tool"
done
# An image that somebody else's container uses stays.
for image in $images; do docker rmi "$image" >/dev/null 2>&1 && echo "image $image"; done

left="$(rke1_containers | cut -d ' ' -f 1) $(rke1_own_files) $(rke1_links)"
left=$(echo "$left" | tr '\n' ' ' | sed 's/^ *//;s/ *$//' | cut -c1-300)
if [ -n "$left" ]; then
  echo "still there: $left" >&2
  exit 4
fi
for file in "$@"; do
  if [ -f "$file" ] && head -n 1 "$file" | grep -q 'Written by rancher-wizard'; then
    rm -f -- "$file" && echo "removed $file"
  fi
done
# Last, so that who was cut short finds it again.
rm -f -- "$mark"
rmdir "${mark%/*}" 2>/dev/null
echo cleaned
