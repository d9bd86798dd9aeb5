"""The text of keepalived.conf: unicast VRRP, a tracked haproxy, and the virtual IP."""

from dataclasses import dataclass

from wizard.spec.address import as_ip

CONF = "/etc/keepalived/keepalived.conf"
CHECK = "/usr/local/sbin/rancher-wizard-check-haproxy"
USER = "keepalived_script"
"""Whom keepalived runs scripts as; with enable_script_security nobody but root may be able to write them."""
INSTANCE = "rancher_wizard"
FIRST_PRIORITY = 250
"""High ones, as a backup waits (256 - priority)/256 s longer than three adverts; 255 is for an address's owner."""
PASSWORD_LENGTH = 8
"""keepalived reads no more of auth_pass (man keepalived.conf)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One machine of the pair, by the address and the interface that it is in the virtual IP's network with."""

    name: str
    address: str
    device: str


@dataclass(frozen=True, slots=True)
class Vip:
    """The virtual IP with the length of its network's prefix, and the number that its VRRP goes by."""

    address: str
    prefix: int
    router_id: int

    @property
    def version(self) -> int:
        """The version of VRRP: 3 for IPv6, which knows no password; 2 for IPv4, as 3 has none either."""
        ip = as_ip(self.address)
        return 3 if ip and ip.version == 6 else 2


def text(first_line: str, vip: Vip, own: Peer, peers: tuple[Peer, ...], *, password: str) -> str:
    """Return the file of one machine; `peers` are all machines in the spec's order, this one among them.

    Each has a priority of its own, so that two that come up at once agree who is master.
    """
    others = [peer for peer in peers if peer.name != own.name]
    priority = FIRST_PRIORITY - [peer.name for peer in peers].index(own.name)
    lines = [
        first_line,
        "global_defs {",
        f"    router_id {own.name}",
        f"    script_user {USER}",
        "    enable_script_security",
        "    vrrp_garp_master_refresh 60",
        "}",
        "",
        "vrrp_script haproxy_answers {",
        f'    script "{CHECK}"',
        "    interval 1",
        "    timeout 1",
        "    fall 2",
        "    rise 2",
        "    init_fail",
        "}",
        "",
        f"vrrp_instance {INSTANCE} {{",
        f"    version {vip.version}",
        # Neither is preferred: a machine that comes back takes nothing away from one that works.
        "    state BACKUP",
        "    nopreempt",
        f"    interface {own.device}",
        f"    virtual_router_id {vip.router_id}",
        f"    priority {priority}",
        "    advert_int 1",
        f"    unicast_src_ip {own.address}",
        "    check_unicast_src",
        "    unicast_peer {",
        *(f"        {peer.address}" for peer in others),
        "    }",
        *_authentication(vip, password),
        "    virtual_ipaddress {",
        f"        {vip.address}/{vip.prefix} dev {own.device}",
        "    }",
        # A failed script without weight is a fault: the peer takes over although it is not preferred.
        "    track_script {",
        "        haproxy_answers",
        "    }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _authentication(vip: Vip, password: str) -> list[str]:
    if vip.version == 3:
        return []
    return ["    authentication {", "        auth_type PASS", f"        auth_pass {password}", "    }"]
