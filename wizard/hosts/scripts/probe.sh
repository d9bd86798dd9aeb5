#!/bin/sh
# probe [FILE...]: prints what this host is, one key=value a line; changes nothing.
# Fragments of other rooms come after it, each in a subshell, and may use bounded, unit_facts and file_fact.
set -u
bounded() { timeout -k 2 "${PROBE_S:-10}" "$@" 2>/dev/null </dev/null; }
first_line() { head -n 1 "$1" 2>/dev/null; }
# Parsed, never sourced: os-release is a file that others write.
release() { sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | head -n 1 | tr -d "\"'"; }

echo "hostname=$(uname -n)"
echo "machine_id=$(first_line /etc/machine-id)"
echo "boot_id=$(first_line /proc/sys/kernel/random/boot_id)"
echo "os_id=$(release ID)"
echo "os_version=$(release VERSION_ID)"
echo "os_name=$(release PRETTY_NAME)"
echo "kernel=$(uname -r)"
echo "arch=$(uname -m)"
echo "cpus=$(bounded nproc || grep -c '^processor' /proc/cpuinfo)"
awk '/^MemTotal:/{print "memory_mib=" int($2/1024)} /^SwapTotal:/{print "swap_mib=" int($2/1024)}' /proc/meminfo 2>/dev/null
case $(bounded stat -fc %T /sys/fs/cgroup) in
  cgroup2fs) echo "cgroup=v2" ;;
  ?*) echo "cgroup=v1" ;;
esac
echo "clock_s=$(date +%s.%N)"
echo "uptime_s=$(cut -d' ' -f1 /proc/uptime 2>/dev/null)"

if [ -r /sys/fs/selinux/enforce ]; then
  case $(first_line /sys/fs/selinux/enforce) in
    1) echo "selinux=enforcing" ;;
    *) echo "selinux=permissive" ;;
  esac
else
  echo "selinux=disabled"
fi

bounded ip -o addr show scope global | awk '{split($4, a, "/"); print "address=" a[1] " " a[2] " " $2}' | head -n 200
{ bounded ip -4 route show default; bounded ip -6 route show default; } |
  awk '{via = dev = ""; for (i = 1; i < NF; i++) { if ($i == "via") via = $(i+1); if ($i == "dev") dev = $(i+1) }
    print "default_route=" via " " dev}' | head -n 10

# df hangs on a dead NFS server, even with -l when the mount is a bind: bounded, and local file systems only.
bounded df -PkTl | awk '
  df { if (FNR > 1) { path = $7; for (i = 8; i <= NF; i++) path = path " " $i
      size[path] = int($3 / 1024); free[path] = int($5 / 1024) } next }
  { path = $2; gsub(/\\040/, " ", path)
    if ((path in size) && !(path in seen) && (path == "/" || $3 !~ /^(overlay|devtmpfs|squashfs|nsfs)$/)) {
      seen[path] = 1; print "mount=" $3 " " size[path] " " free[path] " " $4 " " path } }
' df=1 - df=0 /proc/self/mounts 2>/dev/null | head -n 300

# Kernels without modules build the features in: what they leave in /proc and /sys counts too.
{
  cut -d' ' -f1 /proc/modules
  ls /sys/module
  awk '{print $NF}' /proc/filesystems
  sed 's|.*/||; s|\.ko.*||' "/lib/modules/$(uname -r)/modules.builtin"
  [ -d /proc/sys/net/bridge ] && echo br_netfilter
  [ -e /proc/sys/net/netfilter/nf_conntrack_max ] && echo nf_conntrack
  [ -e /proc/net/ip_tables_names ] && echo ip_tables
  [ -e /proc/net/ip6_tables_names ] && echo ip6_tables
  [ -e /proc/net/ip_vs ] && echo ip_vs
} 2>/dev/null | tr '-' '_' | sort -u | head -n 3000 | sed 's/^/module=/'

for name in net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.default.forwarding \
  net.ipv4.conf.all.rp_filter net.ipv4.conf.default.rp_filter \
  net.ipv6.conf.all.forwarding net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.all.accept_ra \
  net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables \
  net.netfilter.nf_conntrack_max vm.overcommit_memory vm.panic_on_oom vm.max_map_count vm.swappiness \
  kernel.panic kernel.panic_on_oops kernel.keys.root_maxbytes kernel.keys.root_maxkeys kernel.pid_max \
  fs.inotify.max_user_instances fs.inotify.max_user_watches fs.file-max user.max_user_namespaces; do
  file=/proc/sys/$(echo "$name" | tr . /)
  if [ -r "$file" ]; then echo "sysctl=$name $(tr '\t\n' '  ' <"$file" 2>/dev/null | sed 's/ *$//')"; fi
done

# unit_facts UNIT...: a line for each that this host knows.
unit_facts() {
  bounded systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState "$@" | awk -F= '
    function done() { if (id != "" && load != "not-found") print "unit=" id " " active " " (file == "" ? "-" : file)
      id = load = active = file = "" }
    /^$/ { done() } $1 == "Id" { id = $2 } $1 == "LoadState" { load = $2 }
    $1 == "ActiveState" { active = $2 } $1 == "UnitFileState" { file = $2 } END { done() }'
}
unit_facts firewalld.service ufw.service nftables.service iptables.service NetworkManager.service \
  systemd-networkd.service wicked.service nm-cloud-setup.service nm-cloud-setup.timer \
  chronyd.service chrony.service ntpd.service ntp.service systemd-timesyncd.service \
  docker.service containerd.service podman.service apparmor.service auditd.service fapolicyd.service \
  iscsid.service multipathd.service systemd-resolved.service

if command -v ss >/dev/null 2>&1; then
  bounded ss -H -lntup | awk '{port = $5; sub(/.*:/, "", port); owner = "-"
    if (match($0, /users:\(\("[^"]*"/)) owner = substr($0, RSTART + 9, RLENGTH - 10)
    print "listener=" $1 " " port " " owner}' | sort -u | head -n 500
else
  for proto in tcp udp; do
    # 0A is LISTEN, 07 an unconnected UDP socket.
    cat "/proc/net/$proto" "/proc/net/${proto}6" 2>/dev/null |
      awk '$4 == "0A" || $4 == "07" {sub(/.*:/, "", $2); print $2}' | sort -u | head -n 500 |
      while read -r port; do echo "listener=$proto $((0x$port)) -"; done
  done
fi

# file_fact PATH...: a line for each that exists; the digest of what is no regular file is "-".
file_fact() {
  for path in "$@"; do
    [ -e "$path" ] || continue
    sum=-
    if [ -f "$path" ]; then
      sum=$(bounded sha256sum -- "$path") || sum=-
      sum=${sum#\\}
      sum=${sum%% *}
    fi
    echo "file=$sum $(bounded stat -L -c '%a %U:%G %Y' -- "$path") $path"
  done
}
file_fact "$@"
