"""The files of the second generation: its configuration, and the unit that runs it once.

Keys and their meaning: rancher/rancherd, config-example.yaml and pkg/config. Only the first server is told of versions
and of settings of RKE2: Rancher hands them on to all that join.
"""

from typing import Any

import yaml

from wizard.distros.rancherd.state import BINARY, CONFIG, UNIT
from wizard.distros.rke2.config import SERVER_TOKEN, Get, Reveal, begins, extra_settings
from wizard.distros.sealing import references
from wizard.profiles import profile
from wizard.rollout.step import File
from wizard.secret import MASK, Secret
from wizard.site import Site, sha256
from wizard.spec.models import Node

_UNIT = f"""[Unit]
Description=RancherD, which begins or joins a cluster once
Documentation=https://github.com/rancher/rancherd
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
KillMode=process
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
ExecStart={BINARY} bootstrap

[Install]
WantedBy=multi-user.target
"""


def planned(site: Site, node: Node) -> tuple[File, ...]:
    """Return the files of `node` as the plan shows them: the token masked, the hash of the real text where known."""
    known = all(site.vault.get(name) for name in (SERVER_TOKEN, *references(site)))
    digest = sha256(_config(site, node, _real)) if known else ""
    unit = _unit(site)
    return (
        File(CONFIG, shown=_config(site, node, _mask), mode=0o600, sha256=digest),
        File(UNIT, shown=unit, mode=0o644, sha256=sha256(unit)),
    )


def real_text(site: Site, node: Node, path: str) -> Secret:
    """Return the text that belongs at `path` on `node`, secrets and all."""
    return Secret(_unit(site) if path == UNIT else _config(site, node, _real))


def rancher_port() -> int:
    """Return where RancherD's Rancher listens on its hosts."""
    return int(profile("rancherd/rancherd")["rancher_port"])


def join_host(site: Site) -> str:
    """Return where others find the cluster's Rancher: what stands in front of the API has no port 8443."""
    return site.spec.first_server.inner_address


def _unit(site: Site) -> str:
    return f"{site.marker}\n{_UNIT}"


def _mask(get: Get) -> str:
    return MASK


def _real(get: Get) -> str:
    return get().reveal()


def _config(site: Site, node: Node, reveal: Reveal) -> str:
    settings = {"token": reveal(lambda: site.token(SERVER_TOKEN))}
    settings |= _beginning(site, node, reveal) if begins(site, node) else _joining(site, node)
    body = yaml.safe_dump(settings, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1000)
    return f"{site.marker}\n{body}"


def _beginning(site: Site, node: Node, reveal: Reveal) -> dict[str, Any]:
    own = site.spec.rancherd
    settings: dict[str, Any] = {
        "role": "cluster-init",
        "kubernetesVersion": site.spec.version,
        "rancherVersion": f"v{own.rancher_version}",
    }
    if own.rancher_values:
        settings["rancherValues"] = own.rancher_values
    settings |= {"nodeName": node.name, "tlsSans": list(site.spec.all_tls_sans)} | _labels(node)
    # RKE2's own names: RancherD would write internalAddress as a key that RKE2 does not know.
    inner = {"node-ip": node.internal_address} if node.internal_address else {}
    settings["extraConfig"] = inner | extra_settings(site, node, reveal)
    if registry := site.spec.registries.system_default_registry:
        settings["systemDefaultRegistry"] = registry
    return settings


def _joining(site: Site, node: Node) -> dict[str, Any]:
    host = join_host(site)
    shown = f"[{host}]" if ":" in host else host
    settings: dict[str, Any] = {"role": node.role, "server": f"https://{shown}:{rancher_port()}"}
    if node.internal_address:
        settings |= {"address": node.address, "internalAddress": node.internal_address}
    return settings | _labels(node)


def _labels(node: Node) -> dict[str, Any]:
    labels = dict(node.labels)
    if node.zone:
        labels.setdefault("topology.kubernetes.io/zone", node.zone)
    told: dict[str, Any] = {"labels": [f"{key}={value}" for key, value in labels.items()]} if labels else {}
    return told | ({"taints": list(node.taints)} if node.taints else {})
