"""What preflight's fragments of the probe print on a simulated machine: it is sound."""

import random
import re
import shlex
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from wizard.checks.look import FRAGMENTS
from wizard.profiles import profile
from wizard.simulator.call import Call
from wizard.simulator.cluster import CONFIG
from wizard.simulator.node import Node
from wizard.simulator.site import Site

PLACES = ("/", "/etc", "/opt", "/run", "/tmp", "/usr/local", "/var/lib/kubelet", "/var/log")  # noqa: S108 - a text
KINDS = {"ext4": "ext2/ext3"}
_HEAD = re.compile(r"^(rw_[a-z_]+)=(.*)$", re.MULTILINE)


def asked(text: str) -> bool:
    """True when the fragments are part of a probe's text."""
    return FRAGMENTS[0].text in text


def facts(site: Site, node: Node, text: str) -> Iterator[str]:
    """Yield the lines of all fragments of a probe's text."""
    told = _told(text)
    lines = chain(
        profile("simulator")["looks"],
        _disk(node, (*told.get("rw_data", ()), *filter(None, told.get("rw_storage_path", ())))),
        _fsync(site, node) if told.get("rw_role") == ("server",) else (),
        _network(node, told),
        _own(site, node),
        _storage(node, told) if told.get("rw_storage", ("none",)) != ("none",) else (),
        profile("simulator")["docker"] if told.get("rw_distribution") == ("rke1",) else (),
    )
    return (line if line.startswith("unit=") else f"x.{line}" for line in lines)


# The same few texts come from a thousand nodes.
@lru_cache(maxsize=64)
def _told(text: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(" ".join(shlex.split(value)).split()) or ("",) for name, value in _HEAD.findall(text)}


def _disk(node: Node, places: Iterable[str]) -> Iterator[str]:
    machine = node.hardware
    kind = KINDS.get(machine.filesystem, machine.filesystem)
    for path in (*PLACES, *places):
        yield f"fs={kind} 6500000 6300000 rw {machine.disk_mib} {machine.free_mib} {path}"


def _fsync(site: Site, node: Node) -> Iterator[str]:
    dice = random.Random(f"{site.seed}/{node.name}/disk")  # noqa: S311 - repeatable on purpose
    p50 = dice.randint(400, 1600)
    yield f"fsync=fio 1823 {p50} {p50 * dice.randint(2, 5)} {p50 * 12}"


def _network(node: Node, told: dict[str, tuple[str, ...]]) -> Iterator[str]:
    card = node.hardware.machine_id[:6]
    mac = ":".join(("52:54:00", card[:2], card[2:4], card[4:]))
    yield f"link=1500 up 10000 {mac} card {node.hardware.device}"
    yield f"address={node.inner_address} {node.hardware.device}"
    yield "link=65536 unknown -1 00:00:00:00:00:00 virtual lo"
    yield f"route={node.inner_address.rpartition('.')[0]}.0/24 {node.hardware.device}"
    server = f"{node.inner_address.rpartition('.')[0]}.254"
    yield f"dns.server={server}"
    yield f"registration.address={server}"
    yield from (f"dns.name=3 {server} {name}" for name in told.get("rw_names", ()) if name)
    yield from (f"reach=200 0 {url}" for url in told.get("rw_urls", ()) if url)


def _storage(node: Node, told: dict[str, tuple[str, ...]]) -> Iterator[str]:
    yield from (f"storage.tool={tool}" for tool in told["rw_storage_tools"] if tool)
    yield from (f"loadable={module}" for module in told["rw_modules"])
    yield from (f"disk=ssd sdb {path}" for path in told["rw_storage_path"] if path)
    yield from ("tool=iscsiadm", "tool=mount.nfs", "storage.propagation=shared")
    yield "unit=iscsid.service active enabled"
    yield f"storage.initiator=iqn.1993-08.org.debian:01:{node.hardware.machine_id[:12]}"
    if told["rw_nfs"] != ("",):
        yield "storage.nfs=open"


def _own(site: Site, node: Node) -> Iterator[str]:
    yield f"product_uuid={node.hardware.boot_id[::-1]}"
    yield f"host_key=ssh-ed25519 {node.hardware.machine_id[::-1]}"
    # What the fault `claim` leaves is for the rollout to find.
    if CONFIG in node.files and not site.faults.pending(node.name, "claim"):
        yield f"left.marker={node.files[CONFIG].data.decode().partition(chr(10))[0]}"


async def look(call: Call) -> int:
    """A fragment on its own."""
    call.say("\n".join(facts(call.site, call.node, call.text)))
    return 0


HANDLERS = {each.name: look for each in FRAGMENTS}
