#!/bin/sh
# Part of the probe: the file systems under the places that a node writes to. Changes nothing.
data=${rw_data:-/var/lib/rancher/rke2}
[ -n "${rw_images_mib:-}" ] && echo "x.images_mib=$rw_images_mib"
for path in / /etc /opt /run /tmp /usr/local /var/lib/kubelet /var/log "$data"; do
  there=$path
  while [ ! -d "$there" ]; do there=$(dirname "$there"); done
  writable=ro
  [ -w "$there" ] && writable=rw
  # stat and df hang on a dead network file system.
  kind=$(bounded stat -f -c '%T %c %d' "$there") || kind="unreachable 0 0"
  room=$(bounded df -Pk "$there" | awk 'NR == 2 {print int($2 / 1024), int($4 / 1024)}')
  echo "x.fs=$kind $writable ${room:-0 0} $path"
done
there=$data
while [ ! -d "$there" ]; do there=$(dirname "$there"); done
number=$(bounded stat -c %d "$there")
block=/sys/dev/block/$((${number:-0} >> 8 & 4095)):$((${number:-0} & 255))
for queue in "$block/queue/rotational" "$block/../queue/rotational"; do
  if [ -r "$queue" ]; then
    echo "x.rotational=$(first_line "$queue")"
    break
  fi
done
command -v xfs_info >/dev/null 2>&1 && bounded xfs_info "$there" | sed -n 's/.*\(ftype=[01]\).*/x.xfs=\1/p' | head -n 1
awk '$2 ~ /^\/var\/lib\/kubelet\/|^\/run\/k3s\// {print "x.left.mount=" $2}' /proc/self/mounts 2>/dev/null | head -n 5
true
