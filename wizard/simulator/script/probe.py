"""The probe: all that a node is, with the fragments that the product put behind it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from wizard.balancers.haproxy.state import PROBE as HAPROXY
from wizard.balancers.ingress.part import PROBE as INGRESS
from wizard.balancers.keepalived.state import PROBE as KEEPALIVED
from wizard.balancers.kube_vip.steps import PROBE as KUBE_VIP
from wizard.distros.prepare.firewall import PROBE as FIREWALL
from wizard.distros.prepare.swap import PROBE as SWAP
from wizard.distros.rke1.state import PROBE as RKE1
from wizard.distros.rke2.import_images import LOOK as ARCHIVES
from wizard.distros.rke2.state import PROBE as RKE2
from wizard.rollout.survey import FRESH_S
from wizard.simulator.call import Call
from wizard.simulator.cluster import CONFIG
from wizard.simulator.fault import fallen_ill
from wizard.simulator.node import Node
from wizard.simulator.script import balancers, checks, containerd, firewall, kubectl, prepare, rke1, rke2
from wizard.simulator.site import Site

FRAGMENTS: tuple[tuple[str, Callable[[Node], Iterator[str]]], ...] = (
    (RKE1.text, rke1.facts),
    (RKE2.text, rke2.facts),
    (ARCHIVES.text, containerd.facts),
    (FIREWALL.text, firewall.facts),
    (SWAP.text, prepare.swap_facts),
    (HAPROXY.text, balancers.haproxy_facts),
    (KUBE_VIP.text, balancers.kube_vip_facts),
    (INGRESS.text, kubectl.ingress_facts),
    (KEEPALIVED.text, balancers.keepalived_facts),
)
SERVER_PORTS = (("2379", "etcd"), ("2380", "etcd"), ("6443", "kube-apiserver"), ("9345", "rke2"))


async def probe(call: Call) -> int:
    """probe [FILE...]."""
    node, site = call.node, call.site
    _mend(site, node)
    lines = [*_machine(node), *_now(site, node), *_files(node, call.args)]
    for text, facts in FRAGMENTS:
        if text in call.text:
            lines += facts(node)
    if checks.asked(call.text):
        lines += checks.facts(site, node, call.text)
    call.say("\n".join(fallen_ill(site.faults.armed.get(node.name, ""), lines)))
    return 0


def _mend(site: Site, node: Node) -> None:
    """Heal what a second look within a rollout is to find healed: then its failure has been reported."""
    now = asyncio.get_running_loop().time()
    soon, node.probed_at = node.probed_at > 0 and now - node.probed_at < FRESH_S, now
    node.looks += site.under_way
    # Facts that are fresh are gathered again for a retry only, old ones once more before the failure.
    retried = site.under_way and (soon or node.looks > 1)
    if (retried or site.reported) and site.faults.strike(node.name, "claim"):
        del node.files[CONFIG]
    if not site.under_way:
        return
    member = node.cluster.members.get(node.name) if node.cluster else None
    if member and site.faults.strike(node.name, "ready"):
        member.ready = True


def _machine(node: Node) -> Iterator[str]:
    machine = node.hardware
    yield f"hostname={node.name}"
    yield f"machine_id={machine.machine_id}"
    yield f"boot_id={machine.boot_id}"
    yield from (f"os_{key}={value}" for key, value in zip(("id", "version", "name"), machine.os, strict=True))
    yield f"kernel={machine.kernel}"
    yield "arch=x86_64"
    yield f"cpus={machine.cpus}"
    yield f"memory_mib={machine.memory_mib}"
    yield f"swap_mib={node.swap_mib}"
    yield "cgroup=v2"
    yield f"selinux={machine.selinux}"
    yield f"address={node.inner_address} {machine.device}"
    yield f"default_route={node.inner_address.rpartition('.')[0]}.254 {machine.device}"
    yield f"mount={machine.filesystem} {machine.disk_mib} {machine.free_mib} rw,relatime /"


def _now(site: Site, node: Node) -> Iterator[str]:
    yield f"clock_s={site.clock.now():.9f}"
    yield f"uptime_s={node.hardware.uptime_s + asyncio.get_running_loop().time():.2f}"
    yield from (f"module={name}" for name in sorted(node.modules))
    yield from (f"sysctl={name} {value}" for name, value in node.sysctls.items())
    for name in node.hardware.units:
        yield f"unit={name}.service {node.units[name].active} {node.units[name].enabled}"
    yield from (f"listener=tcp {port} {owner}" for port, owner in sorted(_listeners(site, node)))


def _listeners(site: Site, node: Node) -> Iterable[tuple[str, str]]:
    yield "22", "sshd"
    # Before a rollout, checks would find it and refuse to start one.
    if site.under_way and site.faults.pending(node.name, "start"):
        yield node.busy_port, "haproxy"
    if node.api:
        yield from SERVER_PORTS
    if node.cluster and node.name in node.cluster.members:
        yield "10250", "kubelet"


def _files(node: Node, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if file := node.files.get(path):
            yield f"file={file.sha256} {file.mode:o} {file.owner} {int(file.mtime_s)} {path}"


def held(site: Site, node: Node) -> dict[str, str]:
    """Return TCP ports in use, each as 6443/tcp, and by whom."""
    return {f"{port}/tcp": owner for port, owner in _listeners(site, node)}


HANDLERS = {"probe": probe}
