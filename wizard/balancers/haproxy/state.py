"""What a balancer's probe tells of HAProxy."""

from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script

ROOM = Path(__file__).parent
PROBE = load_script(ROOM, "probe_haproxy")


@dataclass(frozen=True, slots=True)
class HaproxyState:
    """HAProxy on one machine; "" where it is not installed, or its unit or what it runs by is not known.

    `running` is the digest of the configuration that it serves by, `tool` whether the machine can talk to its socket.
    """

    version: str
    exporter: bool
    tool: bool
    running: str
    active: str
    enabled: str


def read_state(facts: Facts) -> HaproxyState:
    """Return what the probe says; never raises, whatever the machine printed."""
    active, enabled = facts.units.get("haproxy", ("", ""))
    return HaproxyState(
        version=facts.first("x.haproxy.version"),
        exporter=facts.first("x.haproxy.exporter") != "no",
        tool=facts.first("x.haproxy.tool") == "yes",
        running=facts.first("x.haproxy.running"),
        active=active,
        enabled=enabled,
    )


def release(version: str) -> tuple[int, int]:
    """Return the branch of a version such as 2.6.12-1: (2, 6); (0, 0) for what is none."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() and len(version) < 60 else (0, 0)
