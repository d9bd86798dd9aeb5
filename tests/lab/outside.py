"""Packets that would leave the lab: counted and dropped on the jump host and on each node."""

from tests.lab import network
from tests.lab.lab import Lab

# What goes to another site, or asks for one: multicast and broadcast stay on the bridge, pods' networks on a node.
OUTSIDE = f"ip daddr != {{ {network.NET}.0/24, 127.0.0.0/8, 10.42.0.0/15, 224.0.0.0/4, 255.255.255.255 }} counter drop"
OUTSIDE_6 = "ip6 daddr != { ::1, fe80::/10, ff00::/8 } counter drop"
COUNTERS = f"""
table inet outside {{
    chain to {{ type filter hook output priority 0; {OUTSIDE}; {OUTSIDE_6}; }}
    chain through {{ type filter hook forward priority 0; {OUTSIDE}; {OUTSIDE_6}; }}
}}
"""
NO_MIRROR = "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists/*"


def drop(lab: Lab) -> None:
    """Count and drop from now on, on the machines themselves and between them."""
    lab.jump("ip", "route", "add", "default", "dev", network.BRIDGE)
    lab.jump("nft", COUNTERS)
    for each in lab.nodes.values():
        each.run(f"{NO_MIRROR}; nft -f -", input=COUNTERS)


def demand_none(lab: Lab) -> None:
    """Fail where there was a packet."""
    rules = [lab.jump("nft", "list", "table", "inet", "outside").stdout]
    rules += [each.run("nft list table inet outside").stdout for each in lab.nodes.values()]
    lines = [line for text in rules for line in text.splitlines() if "counter packets" in line]
    assert len(lines) == 4 * (1 + len(lab.nodes))
    assert {line.split("counter packets ")[1].split()[0] for line in lines} == {"0"}, "\n".join(rules)
