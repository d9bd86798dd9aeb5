"""A healthy machine as its probe prints it, and machines that differ from it in one thing."""

from wizard.hosts.facts import Facts, read_facts

HEALTHY = """\
hostname={name}
machine_id={name}-machine
boot_id={name}-boot
os_id=debian
os_version=12
os_name=Debian GNU/Linux 12 (bookworm)
kernel=6.1.0-28-amd64
arch=x86_64
cpus=4
memory_mib=7950
swap_mib=0
cgroup=v2
clock_s=1764036000.5
selinux=disabled
address={address} 24 ens18
default_route=10.0.0.1 ens18
mount=ext4 100000 80000 rw,relatime /
module=overlay
module=br_netfilter
module=nf_conntrack
module=vxlan
sysctl=net.ipv4.ip_forward 0
sysctl=fs.inotify.max_user_instances 128
sysctl=fs.inotify.max_user_watches 65536
unit=chrony.service active enabled
listener=tcp 22 sshd
x.init=systemd
x.init.state=running
x.container=none
x.controller=cpu
x.controller=cpuset
x.controller=memory
x.controller=pids
x.cpu.flag=cx16
x.cpu.flag=lahf_lm
x.cpu.flag=popcnt
x.cpu.flag=sse4_1
x.cpu.flag=sse4_2
x.cpu.flag=ssse3
x.tool=curl
x.tool=gzip
x.tool=ip
x.tool=iptables
x.tool=iscsiadm
x.tool=modprobe
x.tool=mount
x.tool=mount.nfs
x.tool=sysctl
x.tool=tar
x.tool=umount
x.modules_dir=there
x.limit.files=524288
x.entropy=256
x.port_range=32768 60999
x.product_uuid={name}-product
x.host_key=ssh-ed25519 {name}-key
x.fs=ext2/ext3 6500000 6400000 rw 100000 80000 /
x.fs=ext2/ext3 6500000 6400000 rw 100000 80000 /var/lib/kubelet
x.fs=ext2/ext3 6500000 6400000 rw 100000 80000 /var/lib/rancher/rke2
x.disk=ssd sda /var/lib/rancher/rke2
x.fsync=dd 250 900 3100 8000
x.address={address} ens18
x.address=172.17.0.1 docker0
x.link=1500 up 10000 52:54:00:00:00:{octet} card ens18
x.link=65536 unknown -1 00:00:00:00:00:00 virtual lo
x.route=10.0.0.0/24 ens18
x.name.self=1 127.0.1.1
x.name.localhost=0 127.0.0.1
x.dns.server=10.0.0.2
x.dns.answer=4 -
x.dns.reverse=3 - {address}
x.iptables=iptables v1.8.9 (nf_tables)
x.time.synced=yes chrony
x.time.zone=+0000
x.reach=200 0 https://github.com/rancher/rke2/releases
x.reach=401 0 https://registry-1.docker.io/v2/"""


def machine(name: str = "cp-1", *, without: str = "", **changed: str | tuple[str, ...]) -> Facts:
    """Return the facts of a healthy machine.

    `changed` replaces every line of a key (`_` for `.` after the x), `without` drops the lines that begin so.
    """
    octet = 11 if name == "cp-1" else 21
    text = HEALTHY.format(name=name, address=f"10.0.0.{octet}", octet=octet)
    keys = {key.replace("x_", "x.", 1).replace("__", "."): value for key, value in changed.items()}
    lines = [line for line in text.splitlines() if line.partition("=")[0] not in keys]
    lines = [line for line in lines if not (without and line.startswith(without))]
    for key, value in keys.items():
        lines += [f"{key}={each}" for each in ((value,) if isinstance(value, str) else value)]
    return read_facts(lines)


def site(**changed: str | tuple[str, ...]) -> dict[str, Facts]:
    """Return the facts of both nodes of a spec, the server's with `changed`."""
    return {"cp-1": machine("cp-1", **changed), "worker-1": machine("worker-1")}
