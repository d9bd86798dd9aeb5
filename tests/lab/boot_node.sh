#!/bin/sh
# boot_node NAME ROOT DATA CGROUP NETNS: keep one node running until it powers off; runs in a mount namespace of its own.
# Exit code 133 of systemd-nspawn is a reboot from inside; after a power cut it is another one and the loop ends.
set -u
name=$1 root=$2 data=$3 cgroup=$4 netns=$5
# On disk, nspawn refuses to clean its runtime folder; and the node must see pure cgroup v2.
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
mount -t cgroup2 none /sys/fs/cgroup
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
code=133
while [ "$code" = 133 ]; do
  # shellcheck disable=SC2016 # expanded by the inner shell
  sh -c 'echo $$ >"/sys/fs/cgroup/$1/cgroup.procs"; shift; exec "$@"' enter "$cgroup" \
    systemd-nspawn --quiet --boot --directory="$root" --machine="$name" --register=no --keep-unit \
    --network-namespace-path="/run/netns/$netns" \
    --capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_MODULE --resolv-conf=off --timezone=off --link-journal=no \
    --console=read-only --bind="$data:/var/lib/rancher"
  code=$?
done
