"""The files of intent that RKE2 reads: config.yaml, registries.yaml, the proxy's environment.

Keys and their meaning: RKE2's server and agent reference; see profiles/rke2/options.yaml for the list.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import yaml

from wizard.distros.rke2.state import CONFIG, REGISTRIES, SUPERVISOR_PORT, read_state
from wizard.distros.sealing import of_registry, references, seal_references, sealed
from wizard.errors import BadSpec, WizardError
from wizard.rollout.step import File
from wizard.secret import MASK, Secret
from wizard.site import Site, sha256
from wizard.spec.models import Node
from wizard.spec.network import Proxy
from wizard.spec.token import check_token

Get = Callable[[], Secret]
Reveal = Callable[[Get], str]
Settings = dict[str, Any]

SERVER_TOKEN = "server-token"  # noqa: S105 - the name of a secret, not one
AGENT_TOKEN = "agent-token"  # noqa: S105 - likewise
CA_HASH = "ca-hash"


def planned(site: Site, node: Node) -> tuple[File, ...]:
    """Return the files of `node` as the plan shows them: secrets masked, hashes of the real texts where known."""
    return tuple(
        File(path, shown=text(site, node, _mask), mode=mode, sha256=_digest(site, node, text))
        for path, mode, text in _texts(site, node)
    )


def paths(site: Site, node: Node) -> tuple[str, ...]:
    """Return the paths of the files of `node`."""
    return tuple(path for path, _, _ in _texts(site, node))


def real_text(site: Site, node: Node, path: str) -> Secret:
    """Return the text that belongs at `path` on `node`, secrets and all."""
    text = next(text for name, _, text in _texts(site, node) if name == path)
    return Secret(text(site, node, _real))


Text = Callable[[Site, Node, Reveal], str]


def _texts(site: Site, node: Node) -> list[tuple[str, int, Text]]:
    texts: list[tuple[str, int, Text]] = [(CONFIG, 0o600, _config_text)]
    if site.spec.registries.mirrors or site.spec.registries.configs or site.spec.source.spread == "registry":
        texts.append((REGISTRIES, 0o600, _registries_text))
    if site.spec.proxy:
        texts.append((f"/etc/default/rke2-{node.role}", 0o600, _proxy_text))
    return texts


def _digest(site: Site, node: Node, text: Text) -> str:
    """The hash of the real text, or "" before its secrets exist; a plan makes none."""
    needed = [SERVER_TOKEN, AGENT_TOKEN, *references(site)] + ([] if begins(site, node) else [CA_HASH])
    if not all(site.vault.get(name) for name in needed):
        return ""
    return sha256(text(site, node, _real))


def _mask(get: Get) -> str:
    return MASK


def _real(get: Get) -> str:
    return get().reveal()


def beginners(site: Site) -> tuple[str, ...]:
    """Return the servers that begin the cluster rather than join it: they never have `server:`.

    Before the cluster exists that is the first of the spec. Later a server that lost its disk is none any more: it
    would begin a second cluster beside the one that its peers still carry.
    """
    if site.reset:
        return (site.reset,)
    if not site.vault.get(CA_HASH):
        return (site.spec.first_server.name,)
    facts = site.survey.facts
    lost = {name for name in site.identity.bootstrapped if name in facts and not read_state(facts[name]).etcd}
    return tuple(name for name in site.identity.bootstrapped if name not in lost)


def begins(site: Site, node: Node) -> bool:
    """True for a server that begins the cluster."""
    return node.name in beginners(site)


def join_address(site: Site, node: Node) -> str:
    """Return the address that `node` joins through: never its own, as it would then wait for itself."""
    address = site.spec.registration_address
    if address not in (node.address, *node.internal_addresses):
        return address
    other = next((server for server in site.spec.servers if server.name != node.name), None)
    return other.inner_address if other else address


def _config_text(site: Site, node: Node, reveal: Reveal) -> str:
    return _yaml(site, _settings(site, node, reveal))


def _yaml(site: Site, data: Settings) -> str:
    body = yaml.safe_dump(data, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1000)
    return f"{site.marker}\n{body}"


def _settings(site: Site, node: Node, reveal: Reveal) -> Settings:
    settings = _joining(site, node, reveal) | _identity(node)
    if node.role == "server":
        settings |= _cluster(site, reveal) | _snapshots(site, reveal)
    settings |= _hardening(site)
    return settings | site.spec.options_of(node)


def _joining(site: Site, node: Node, reveal: Reveal) -> Settings:
    agent = {"agent-token": reveal(lambda: site.token(AGENT_TOKEN))} if node.role == "server" else {}
    if begins(site, node):
        return {"token": reveal(lambda: site.token(SERVER_TOKEN))} | agent
    join: Settings = {"server": f"https://{_bracketed(join_address(site, node))}:{SUPERVISOR_PORT}"}
    return join | {"token": reveal(lambda: _full_token(site, node))} | agent


def _full_token(site: Site, node: Node) -> Secret:
    """The form with the CA's hash: a node then checks the CA before it shows its password to anyone."""
    ca = site.vault.get(CA_HASH)
    if ca is None:
        raise WizardError("the cluster's CA is not known yet", hint="Bring up the first server; then apply again.")
    user, password = (
        ("server", site.token(SERVER_TOKEN)) if node.role == "server" else ("node", site.token(AGENT_TOKEN))
    )
    return Secret(f"K10{ca.reveal()}::{user}:{password.reveal()}")


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _identity(node: Node) -> Settings:
    settings: Settings = {"node-name": node.name}
    if node.internal_address:
        settings["node-ip"] = node.internal_address
    labels = dict(node.labels)
    if node.zone:
        labels.setdefault("topology.kubernetes.io/zone", node.zone)
    if labels:
        settings["node-label"] = [f"{key}={value}" for key, value in labels.items()]
    if node.taints:
        settings["node-taint"] = list(node.taints)
    return settings


def _cluster(site: Site, reveal: Reveal) -> Settings:
    spec, network = site.spec, site.spec.network
    settings: Settings = {
        "tls-san": list(spec.all_tls_sans),
        **_plugin(site),
        "cluster-cidr": ",".join(map(str, network.cluster_cidr)),
        "service-cidr": ",".join(map(str, network.service_cidr)),
        "write-kubeconfig-mode": "0600",
    }
    if spec.ingress:
        settings["ingress-controller"] = spec.ingress
    if spec.security.secrets_encryption:
        settings["secrets-encryption-provider"] = spec.security.secrets_encryption
    if spec.source.spread == "registry":
        settings["embedded-registry"] = True
    if spec.registries.system_default_registry:
        settings["system-default-registry"] = spec.registries.system_default_registry
    return settings


def extra_settings(site: Site, node: Node, reveal: Reveal) -> Settings:
    """Return what a server's configuration says of the cluster and its snapshots, for whoever writes it elsewhere.

    `reveal` shows a secret or masks it. Raises WizardError for one that is not sealed yet.
    """
    names = ("tls-san", "system-default-registry")
    settings = _cluster(site, reveal) | _snapshots(site, reveal) | _hardening(site) | site.spec.options_of(node)
    return {key: value for key, value in settings.items() if key not in names}


def _plugin(site: Site) -> Settings:
    spec, cni = site.spec, site.spec.network.cni
    # The RKE2 inside of the first RancherD is older than the choice; canal is what it has.
    if spec.distribution == "rancherd" and spec.rancherd.generation == 1:
        return {}
    return {"cni": list(cni) if len(cni) > 1 else cni[0]}


def _hardening(site: Site) -> Settings:
    security = site.spec.security
    settings: Settings = {}
    if security.profile != "none":
        settings["profile"] = security.profile
    if security.selinux:
        settings["selinux"] = True
    return settings


def _snapshots(site: Site, reveal: Reveal) -> Settings:
    snapshots = site.spec.etcd.snapshots
    if not snapshots.enabled:
        return {"etcd-disable-snapshots": True}
    settings: Settings = {
        "etcd-snapshot-schedule-cron": snapshots.schedule,
        "etcd-snapshot-retention": snapshots.retention,
    }
    if snapshots.compress:
        settings["etcd-snapshot-compress"] = True
    if snapshots.dir:
        settings["etcd-snapshot-dir"] = str(snapshots.dir)
    if s3 := snapshots.s3:
        plain = {
            "etcd-s3": True,
            "etcd-s3-endpoint": s3.endpoint,
            "etcd-s3-bucket": s3.bucket,
            "etcd-s3-region": s3.region,
            "etcd-s3-folder": s3.folder,
            "etcd-s3-endpoint-ca": s3.endpoint_ca,
            "etcd-s3-skip-ssl-verify": s3.skip_ssl_verify or None,
        }
        settings |= {key: value for key, value in plain.items() if value}
        settings |= {
            f"etcd-s3-{name}": reveal(partial(sealed, site, f"s3-{name}"))
            for name in ("access-key", "secret-key")
            if f"s3-{name}" in references(site)
        }
    return settings


def _registries_text(site: Site, node: Node, reveal: Reveal) -> str:
    registries = site.spec.registries
    data: Settings = {}
    # Nodes pull from each other what is of a registry that is named here, without an endpoint too.
    shared = (registries.system_default_registry or "docker.io",) if site.spec.source.spread == "registry" else ()
    if registries.mirrors or shared:
        data["mirrors"] = {name: {} for name in shared} | {
            name: mirror.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
            for name, mirror in registries.mirrors.items()
        }
    if registries.configs:
        data["configs"] = {}
        for name, config in registries.configs.items():
            entry: Settings = {}
            if auth := config.auth:
                secret = reveal(partial(sealed, site, of_registry(name)))
                entry["auth"] = {"username": auth.username, "password": secret}
            if config.tls:
                entry["tls"] = config.tls.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
            data["configs"][name] = entry
    return _yaml(site, data)


def _proxy_text(site: Site, node: Node, reveal: Reveal) -> str:
    proxy = site.spec.proxy or Proxy()
    # Without them the kubelet would ask the proxy for its own API server; pod and service networks RKE2 adds itself.
    own = [name for each in site.spec.nodes for name in (each.address, *each.internal_addresses)]
    no_proxy = ",".join(
        dict.fromkeys([*proxy.no_proxy, "127.0.0.1", "localhost", site.spec.registration_address, *own])
    )
    lines = [site.marker]
    lines += [f"HTTP_PROXY={proxy.http}"] if proxy.http else []
    lines += [f"HTTPS_PROXY={proxy.https}"] if proxy.https else []
    return "\n".join([*lines, f"NO_PROXY={no_proxy}"]) + "\n"


def seal(site: Site) -> None:
    """Bring every secret that the spec refers to into the vault, so that the engine needs neither variable nor file.

    One that can't be read now is taken from the vault. Raises BadSpec where it is not there either.
    """
    replace(site.identity, bootstrapped=beginners(site)).save(site.state)
    if site.spec.token and not site.vault.get(SERVER_TOKEN):
        token = site.spec.token.read(site.base)
        if wrong := check_token(token):
            raise BadSpec([f"token: {wrong}"])
        site.vault.put(SERVER_TOKEN, token)
    site.token(SERVER_TOKEN)
    site.token(AGENT_TOKEN)
    seal_references(site)
