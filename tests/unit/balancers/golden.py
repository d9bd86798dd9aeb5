"""Every shape of what stands in front, as its programs are to read it; `python -m tests.unit.balancers.golden` redraws.

`MATRIX` is what haproxy, keepalived and nginx judge themselves; `drawn` are those of it that lie here to be looked at.
"""

from itertools import product
from pathlib import Path

from tests.unit.balancers.front import front
from wizard.balancers.handoff.sheets import files
from wizard.balancers.haproxy.render import render
from wizard.balancers.keepalived.config import Peer, Vip, text
from wizard.balancers.kube_vip.manifest import text as kube_vip
from wizard.spec.models import Spec

FOLDER = Path(__file__).with_name("golden")
HASH = "$2b$05$abcdefghijklmnopqrstuuLTnU8Yl1Hq8XwJvYQ7w6mBPGoqjQH2S"
CERTIFICATE = "/etc/front.pem"
MARKER = "# Written by rancher-wizard"
HTTP = {"mode": "http", "hosts": ["rancher.example.com", "*.apps.example.com"]}
DEV = {"name": "dev", "hosts": ["*.dev.example.com"], "nodes": ["10.3.0.11", "10.3.0.12"]}
MODES = {
    "tcp": {},
    "sticky": {"sticky": True, "allow": {"api": ["10.0.0.0/8", "fd00::/8"], "stats": ["10.9.0.0/16"]}},
    "http": HTTP,
    "two-clusters": HTTP | {"clusters": [DEV], "tls": {"hsts": True, "http2": False, "redirect": False}},
    "plain-behind": HTTP | {"clusters": [DEV | {"port": 80}]},
}
DISTRIBUTIONS = ("rke2", "rke1", "rancherd")
SERVERS = (1, 3, 5)
FAMILIES = {"ipv4": False, "ipv6": True}


def text_of(spec: Spec, *, exporter: bool = True, ca: bool = False) -> str:
    """Return HAProxy's configuration of a spec."""
    return render(
        spec,
        marker=MARKER,
        password_hash=HASH,
        exporter=exporter,
        certificate=CERTIFICATE,
        cas={"dev": "/etc/dev.pem"} if ca else {},
    )


def haproxy() -> dict[str, str]:
    """Return each distribution, mode, number of servers and family."""
    return {
        f"haproxy-{distribution}-{mode}-{servers}-{family}.cfg": text_of(
            front(servers=servers, v6=v6, **MODES[mode]).model_copy(update={"distribution": distribution})
        )
        for distribution, mode, servers, (family, v6) in product(DISTRIBUTIONS, MODES, SERVERS, FAMILIES.items())
    }


def keepalived(device: str = "eth0") -> dict[str, str]:
    """Return both machines of a pair, by family; how many servers there are and which is nothing to it."""
    found = {}
    for family, v6 in FAMILIES.items():
        net, prefix = ("fd00:10::", 64) if v6 else ("10.0.0.", 24)
        peers = tuple(Peer(f"lb-{number}", f"{net}{number + 1}", device) for number in (1, 2))
        for peer in peers:
            conf = text(MARKER, Vip(f"{net}9", prefix, 51), peer, peers, password="s3cr3t-8")
            found[f"keepalived-{peer.name}-{family}.conf"] = conf
    return found


def nginx() -> dict[str, str]:
    """Return the hand-off's nginx.conf by number of servers and family."""
    return {
        f"nginx-{servers}-{family}.conf": files(front(kind="external", nodes=[], servers=servers, v6=v6), ["nginx"])[
            "prod-nginx.conf"
        ]
        for servers, (family, v6) in product(SERVERS, FAMILIES.items())
    }


def drawn() -> dict[str, str]:
    """Return what lies in the folder: each mode, distribution, number and family, but not all with all."""
    found = {name: content for name, content in haproxy().items() if _shown(name)}
    found |= keepalived() | nginx()
    return found | {f"kube-vip-{net}.yaml": kube_vip(MARKER, ip, interface=None) for net, ip in _vips()}


def _vips() -> tuple[tuple[str, str], ...]:
    return (("ipv4", "10.0.0.9"), ("ipv6", "fd00:10::9"))


def _shown(name: str) -> bool:
    _, distribution, *mode, servers, end = name.split("-")
    common = (servers, end) == ("3", "ipv4.cfg")
    return (distribution == "rke2" and (common or mode == ["tcp"])) or (common and mode == ["tcp"])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for each, content in drawn().items():
        (FOLDER / each).write_text(content)
