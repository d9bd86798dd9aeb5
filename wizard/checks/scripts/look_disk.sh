#!/bin/sh
# Part of the probe: the file systems under the places that a node writes to. Changes nothing.
data=${rw_data:-/var/lib/rancher/rke2}
[ -n "${rw_images_mib:-}" ] && echo "x.images_mib=$rw_images_mib"
# standing PATH: the folder of it that is there already.
standing() {
  folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  echo "$folder"
}
for path in / /etc /opt /run /tmp /usr/local /var/lib/kubelet /var/log "$data" ${rw_storage_path:+"$rw_storage_path"}; do
  there=$(standing "$path")
  writable=ro
  [ -w "$there" ] && writable=rw
  # stat and df hang on a dead network file system.
  kind=$(bounded stat -f -c '%T %c %d' "$there") || kind="unreachable 0 0"
  room=$(bounded df -Pk "$there" | awk 'NR == 2 {print int($2 / 1024), int($4 / 1024)}')
  echo "x.fs=$kind $writable ${room:-0 0} $path"
done
# disk_under PATH: nvme, ssd or turning, and the disk's name; a volume of LVM, RAID or LUKS is told by its first disk.
disk_under() {
  source=$(bounded findmnt -nvo SOURCE -T "$1" | head -n 1)
  # Without its partition: its folder in /sys lies in the disk's own.
  name=$(basename -- "$(readlink -f -- "$source")")
  for _ in 1 2 3 4; do
    block=$(readlink -f -- "/sys/class/block/$name") && [ -d "$block" ] || return
    for slave in "$block"/slaves/*; do [ -e "$slave" ] && break; done
    if [ -e "$slave" ]; then name=$(basename -- "$slave"); else break; fi
  done
  [ -e "$block/partition" ] && block=$(dirname -- "$block")
  [ -r "$block/queue/rotational" ] || return
  case ${block##*/} in
    nvme*) kind=nvme ;;
    *) [ "$(first_line "$block/queue/rotational")" = 1 ] && kind=turning || kind=ssd ;;
  esac
  echo "$kind ${block##*/}"
}
for path in "$data" ${rw_storage_path:+"$rw_storage_path"}; do
  there=$(standing "$path")
  found=$(disk_under "$there")
  [ -n "$found" ] && echo "x.disk=$found $path"
done
there=$(standing "$data")
command -v xfs_info >/dev/null 2>&1 && bounded xfs_info "$there" | sed -n 's/.*\(ftype=[01]\).*/x.xfs=\1/p' | head -n 1
awk '$2 ~ /^\/var\/lib\/kubelet\/|^\/run\/k3s\// {print "x.left.mount=" $2}' /proc/self/mounts 2>/dev/null | head -n 5
true
