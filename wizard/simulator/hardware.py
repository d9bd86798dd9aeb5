"""What a simulated machine is made of: one of the kinds in profiles/simulator.yaml, the same for the same seed."""

import random
import uuid
from dataclasses import dataclass
from typing import Any

from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Hardware:
    """What does not change on a machine, as the probe would print it."""

    machine_id: str
    boot_id: str
    os: tuple[str, str, str]  # id, version, name
    kernel: str
    cpus: int
    memory_mib: int
    disk_mib: int
    free_mib: int
    filesystem: str
    selinux: str
    device: str
    uptime_s: float
    units: tuple[str, ...]
    pace: float
    """How much longer than others it takes for everything."""
    etcd_id: str


def hardware(name: str, seed: int) -> Hardware:
    """Return the machine called `name` on the site of `seed`."""
    site = profile("simulator")
    dice = random.Random(f"{seed}/{name}/hardware")  # noqa: S311 - repeatable on purpose
    kind: dict[str, Any] = dice.choice(site["machines"])
    disk_mib = dice.choice(kind["disk_mib"])
    low, high = site["paces"]
    return Hardware(
        machine_id=f"{dice.getrandbits(128):032x}",
        boot_id=str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        os=tuple(kind["os"]),
        kernel=kind["kernel"],
        cpus=dice.choice(kind["cpus"]),
        memory_mib=dice.choice(kind["memory_mib"]) - dice.randint(180, 420),
        disk_mib=disk_mib,
        free_mib=int(disk_mib * dice.uniform(0.55, 0.93)),
        filesystem=kind["filesystem"],
        selinux=kind["selinux"],
        device=kind["device"],
        uptime_s=dice.uniform(600, 40 * 86400),
        units=tuple(kind["units"]),
        pace=dice.uniform(low, high),
        etcd_id=f"{dice.getrandbits(32):08x}",
    )
