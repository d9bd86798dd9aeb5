"""cluster.yml, what the `rke` binary reads: all of it from the spec.

Keys: rancher/rke release/v1.6, types/rke_types.go. What matters is written even where it is the binary's own default,
so that another binary does not bring another one.
"""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml

from wizard.distros.rke1.secrecy import masked_text
from wizard.distros.rke1.services import Settings, services
from wizard.distros.rke1.vet.shape import wrong_kinds
from wizard.distros.rke1.vet.verdict import judge, judge_file
from wizard.distros.sealing import of_registry, references
from wizard.errors import BadSpec
from wizard.secret import MASK, Secret
from wizard.site import Site
from wizard.spec.models import Node, Spec
from wizard.spec.rke1 import DEFAULT_SOCKET
from wizard.spec.trust import nginx_trusting

_ZONE = "topology.kubernetes.io/zone"
_CRI_DOCKERD_SINCE = (1, 24)
_INGRESS = {None: "nginx", "ingress-nginx": "nginx", "none": "none"}


def masked(site: Site) -> str:
    """Return the text as it is shown, with every secret masked, those that stand in a file of the operator's too."""
    secrets = dict.fromkeys(references(site), MASK)
    if base := own_file(site):
        return masked_text(_over(site, base, secrets))
    return cluster_yml(site.spec, site.base, secrets, marker=site.marker)


def real(site: Site) -> Secret | None:
    """Return the text as `rke` gets it; None while a secret of it is not in the vault yet."""
    found = {name: site.vault.get(name) for name in references(site)}
    secrets = {name: secret.reveal() for name, secret in found.items() if secret}
    if len(secrets) < len(found):
        return None
    if base := own_file(site):
        return Secret(_over(site, base, secrets))
    return Secret(cluster_yml(site.spec, site.base, secrets, marker=site.marker))


def difference(site: Site) -> tuple[str, ...]:
    """Return what changes in the operator's own cluster.yml, as lines of a diff, secrets masked; none without one."""
    base = own_file(site)
    if base is None:
        return ()
    after = masked(site).splitlines()  # first: it tells of a file that can't be read
    before = masked_text(base.read_bytes().decode("utf-8-sig")).splitlines()
    found = list(unified_diff(before, after, str(base), "", n=1, lineterm=""))
    return tuple(line for line in found if not line.startswith(("--- ", "+++ ")))


def own_file(site: Site) -> Path | None:
    """Return the operator's own cluster.yml that the spec is laid over, None where there is none."""
    named = site.spec.rke1.cluster_yml
    return site.resolve(named) if named else None


def _over(site: Site, path: Path, secrets: Mapping[str, str]) -> str:
    """Return an operator's cluster.yml with the spec laid over it.

    Raises BadSpec where it can't be read, `rke` refuses what comes of it, or a node would be renamed.
    """
    # Reading it wants ruamel.yaml, which nobody else waits for.
    from wizard.distros.rke1.lay_over import laid_over

    verdict = judge_file(path)
    if not next(wrong_kinds(verdict.config), None):
        settings = tree(site.spec, site.base, secrets)
        laid = laid_over(path.read_bytes().decode("utf-8-sig"), site.spec, settings)
        verdict = judge(laid.encode(), name=str(path))
        if not verdict.refused:
            return laid
    hint = "`rke` refuses this; correct it there, or what the spec lays over it."
    raise BadSpec(verdict.lines(verdict.refused), hint=hint)


def cluster_yml(spec: Spec, base: Path, secrets: Mapping[str, str], *, marker: str = "") -> str:
    """Take a spec of RKE1, its folder, and its secrets by their names in the vault; return the file's text.

    Raises BadSpec where a file that the spec names can't be read.
    """
    body = yaml.dump(
        tree(spec, base, secrets),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=110,
    )
    return f"{marker}\n{body}" if marker else body


def tree(spec: Spec, base: Path, secrets: Mapping[str, str]) -> Settings:
    """As `cluster_yml`; return the file's values."""
    own = spec.rke1
    settings: Settings = {
        "cluster_name": spec.name,
        "kubernetes_version": spec.version,
        "nodes": [_node(spec, node, base) for node in spec.nodes],
        **_login(spec, base),
        # The binary reads its own --ignore-docker-version instead (rke issue 2378); a reader of the file reads this.
        "ignore_docker_version": own.ignore_docker_version,
        "enable_cri_dockerd": _cri_dockerd(spec),
        "private_registries": _registries(spec, secrets),
        "system_images": dict(own.system_images),
        "prefix_path": own.prefix_path,
        "services": services(spec, base, dict(secrets)),
        "network": _without_empty(
            {"plugin": spec.network.cni[0], "mtu": own.network.mtu, "options": own.network.options}
        ),
        "dns": _without_empty({"provider": own.dns.provider, "upstreamnameservers": list(own.dns.upstream)}),
        "ingress": _ingress(spec),
        "monitoring": {"provider": own.monitoring},
        "authentication": {"strategy": "x509", "sans": list(spec.all_tls_sans)},
        "authorization": {"mode": "rbac"},
        "addon_job_timeout": own.addon_job_timeout_s,
        "addons": own.addons,
        "addons_include": [each if "://" in each else _path(Path(each), base) for each in own.addons_include],
        "upgrade_strategy": _upgrade(spec),
    }
    return _without_empty(settings)


def _node(spec: Spec, node: Node, base: Path) -> Settings:
    ssh = spec.ssh_of(node)
    labels = dict(node.labels) | ({_ZONE: node.zone} if node.zone else {})
    return _without_empty(
        {
            "address": node.address,
            "port": str(ssh.port) if ssh.port else None,
            "internal_address": node.internal_address,
            "hostname_override": node.name,
            "role": list(node.planes),
            "user": ssh.user,
            "ssh_key_path": _path(ssh.key, base) if ssh.key and ssh.key != spec.ssh.key else None,
            "docker_socket": node.docker_socket if node.docker_socket != DEFAULT_SOCKET else None,
            "labels": labels,
            "taints": [_taint(taint) for taint in node.taints],
        }
    )


def _taint(text: str) -> Settings:
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _login(spec: Spec, base: Path) -> Settings:
    """Keys by path where each node has one; else all by the agent, as `rke` takes one way for all."""
    settings: Settings = {"ssh_key_path": _path(spec.ssh.key, base) if spec.ssh.key else None}
    settings["ssh_agent_auth"] = any(spec.ssh_of(node).key is None for node in spec.nodes)
    if bastion := spec.ssh.bastion:
        settings["bastion_host"] = _without_empty(
            {
                "address": bastion.address,
                "port": str(bastion.port) if bastion.port else None,
                "user": bastion.user,
                "ssh_key_path": _path(bastion.key, base) if bastion.key else None,
            }
        )
    return settings


def _cri_dockerd(spec: Spec) -> bool:
    major, minor = spec.version.removeprefix("v").split(".")[:2]
    given = spec.rke1.cri_dockerd
    return given if given is not None else (int(major), int(minor)) >= _CRI_DOCKERD_SINCE


def _registries(spec: Spec, secrets: Mapping[str, str]) -> list[Settings]:
    default = spec.registries.system_default_registry
    names = dict.fromkeys(([default] if default else []) + list(spec.registries.configs))
    return [_registry(spec, name, secrets) for name in names]


def _registry(spec: Spec, name: str, secrets: Mapping[str, str]) -> Settings:
    config = spec.registries.configs.get(name)
    settings: Settings = {"url": name}
    if config and config.auth:
        settings |= {"user": config.auth.username, "password": secrets[of_registry(name)]}
    if name == spec.registries.system_default_registry:
        settings["is_default"] = True
    return settings


def _ingress(spec: Spec) -> Settings:
    own, provider = spec.rke1.ingress, _INGRESS[spec.ingress]
    if provider == "none":
        return {"provider": provider}
    ports = {"http_port": own.http_port, "https_port": own.https_port} if own.network_mode == "hostPort" else {}
    options = nginx_trusting(spec) | own.options
    named = {"options": options, "extra_args": own.extra_args, "node_selector": own.node_selector}
    return _without_empty({"provider": provider, "network_mode": own.network_mode, **ports, **named})


def _upgrade(spec: Spec) -> Settings:
    upgrade = spec.upgrade
    return {
        "max_unavailable_worker": str(spec.rollout.workers.at_once),
        "max_unavailable_controlplane": "1",
        "drain": upgrade.drain == "all",
        # Always there: with drain and without it, `rke` reads a pointer that nobody set (services/node_util.go).
        "node_drain_input": {
            "force": upgrade.force,
            "ignore_daemonsets": True,
            "delete_local_data": upgrade.delete_emptydir_data,
            "grace_period": -1,
            "timeout": upgrade.drain_timeout_s,
        },
    }


def _path(path: Path, base: Path) -> str:
    """`rke` resolves `~/` itself, and other paths from where it is run."""
    return str(path) if str(path).startswith("~/") else str(base / path.expanduser())


def _without_empty(settings: Settings) -> Settings:
    return {key: value for key, value in settings.items() if value is not None and value not in ("", [], {})}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    words = all(isinstance(item, str) and item.isalnum() for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=words)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)
