#!/bin/sh
# Part of the probe: kind of machine, init system, kernel, control groups, tools, limits. Changes nothing.
echo "x.init=$(first_line /proc/1/comm)"
echo "x.init.state=$(bounded systemctl is-system-running)"
echo "x.container=$(bounded systemd-detect-virt --container)"
for controller in cpu cpuset io memory pids; do
  # Kernels before 6.11 list what they have in /proc/cgroups, whichever hierarchy it is in.
  grep -qsw "$controller" /sys/fs/cgroup/cgroup.controllers ||
    awk -v name="$controller" '$1 == (name == "io" ? "blkio" : name) && $4 == 1 {found = 1} END {exit !found}' \
      /proc/cgroups 2>/dev/null || continue
  echo "x.controller=$controller"
done
for flag in cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3; do
  grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null | grep -qw "$flag" && echo "x.cpu.flag=$flag"
done
for tool in apparmor_parser curl gzip haproxy ip iptables iscsiadm keepalived modprobe mount mount.nfs nft socat sysctl tar umount wget xtables-nft-multi zstd; do
  command -v "$tool" >/dev/null 2>&1 && echo "x.tool=$tool"
done
tr ' ' '\n' </proc/cmdline 2>/dev/null | sed -n 's/^cgroup_disable=/x.cgroup_disable=/p' | head -n 5
if [ -d "/lib/modules/$(uname -r)" ]; then echo "x.modules_dir=there"; fi
for module in ${rw_modules:-}; do
  # What is built into a kernel without /lib/modules shows in its symbols alone.
  if bounded modprobe -n -q "$module" || grep -qs " ${module}_init" /proc/kallsyms; then echo "x.loadable=$module"; fi
done
echo "x.entropy=$(first_line /proc/sys/kernel/random/entropy_avail)"
awk '/^Max open files/ {print "x.limit.files=" $5}' /proc/self/limits
echo "x.port_range=$(tr '\t' ' ' </proc/sys/net/ipv4/ip_local_port_range 2>/dev/null)"
# /sys of a container is its host's.
if ! bounded systemd-detect-virt --container -q; then
  echo "x.product_uuid=$(first_line /sys/class/dmi/id/product_uuid)"
  for device in /sys/bus/pci/devices/*; do
    case $(first_line "$device/class") in
      0x0300* | 0x0302*)
        driver=$(readlink "$device/driver" 2>/dev/null)
        echo "x.gpu=$(first_line "$device/vendor") ${driver##*/}" ;;
    esac
  done
fi
for key in /etc/ssh/ssh_host_*_key.pub; do
  [ -r "$key" ] && echo "x.host_key=$(awk 'NR == 1 {print $1, $2}' "$key")"
done
sed -n 's/^\([^#[:space:]][^[:space:]]*\)[[:space:]][[:space:]]*[^[:space:]]*[[:space:]][[:space:]]*swap[[:space:]].*/x.swap.fstab=\1/p' /etc/fstab 2>/dev/null | head -n 10
awk 'NR > 1 {print "x.swap=" $1}' /proc/swaps 2>/dev/null | head -n 10
true
