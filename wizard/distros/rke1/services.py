"""The `services` of cluster.yml: Kubernetes' components and etcd's snapshots.

Keys: rancher/rke release/v1.6, types/rke_types.go and types/backup_types.go.
"""

from pathlib import Path
from typing import Any

from wizard.distros.sealing import S3_ACCESS_KEY, S3_SECRET_KEY
from wizard.errors import BadSpec
from wizard.spec.address import networks
from wizard.spec.etcd import S3
from wizard.spec.models import Spec
from wizard.spec.reference import located
from wizard.spec.rke1 import Service
from wizard.spec.rke1_backup import backup_of

Settings = dict[str, Any]
DNS_PLACE = 10
"""Which address of the services' network the cluster's DNS has, as RKE1's own default does."""


def services(spec: Spec, base: Path, secrets: dict[str, str]) -> Settings:
    """Return the section; `base` is the folder of the spec, `secrets` are by their names in the vault.

    Raises BadSpec where a file that the spec names can't be read.
    """
    own, network = spec.rke1.services, spec.network
    pods, ips = ",".join(network.cluster_cidr), ",".join(network.service_cidr)
    found = {
        "etcd": _etcd(spec, base, secrets),
        "kube-api": {"service_cluster_ip_range": ips} | _kube_api(spec),
        "kube-controller": {"cluster_cidr": pods, "service_cluster_ip_range": ips} | _common(own.kube_controller),
        "scheduler": _common(own.scheduler),
        "kubelet": _kubelet(spec),
        "kubeproxy": _common(own.kubeproxy),
    }
    return {name: settings for name, settings in found.items() if settings}


def _etcd(spec: Spec, base: Path, secrets: dict[str, str]) -> Settings:
    snapshots, own = spec.etcd.snapshots, spec.rke1.services.etcd
    if not snapshots.enabled:
        # backup_config.enabled: false alone starts a container that ends at once.
        return {"snapshot": False} | _common(own)
    backup = backup_of(spec)
    config: Settings = {
        "enabled": True,
        "interval_hours": backup.interval_hours,
        "retention": backup.retention,
        "timeout": own.backup_timeout_s,
    }
    if snapshots.s3:
        config["s3backupconfig"] = _bucket(spec, snapshots.s3, base, secrets)
    return {"snapshot": True, "backup_config": config} | _common(own)


def _bucket(spec: Spec, s3: S3, base: Path, secrets: dict[str, str]) -> Settings:
    ca = spec.rke1.services.etcd.s3_ca
    found = {
        "access_key": secrets.get(S3_ACCESS_KEY),
        "secret_key": secrets.get(S3_SECRET_KEY),
        "bucket_name": s3.bucket,
        "region": s3.region,
        "endpoint": s3.endpoint,
        "folder": s3.folder,
        "custom_ca": _pem(located(ca, base)) if ca else None,
    }
    return {key: value for key, value in found.items() if value}


def _pem(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "not a PEM file"
        hint = "rke1.services.etcd.s3_ca names the CA certificate of the S3 service, as PEM."
        raise BadSpec([f"{path}: {what}"], hint=hint) from None


def _kube_api(spec: Spec) -> Settings:
    own = spec.rke1.services.kube_api
    settings: Settings = {"service_node_port_range": own.service_node_port_range}
    if own.always_pull_images:
        settings["always_pull_images"] = True
    if own.pod_security:
        settings["pod_security_configuration"] = own.pod_security
    if spec.security.secrets_encryption:
        settings["secrets_encryption_config"] = {"enabled": True}
    return settings | _common(own)


def _kubelet(spec: Spec) -> Settings:
    own = spec.rke1.services.kubelet
    tenth = networks(spec.network.service_cidr)[0][DNS_PLACE]
    settings: Settings = {
        "cluster_domain": own.cluster_domain,
        "cluster_dns_server": own.cluster_dns_server or str(tenth),
        "fail_swap_on": own.fail_swap_on,
    }
    if own.generate_serving_certificate:
        settings["generate_serving_certificate"] = True
    return settings | _common(own)


def _common(own: Service) -> Settings:
    repeated = {key: value for key, value in own.extra_args.items() if isinstance(value, tuple)}
    settings: Settings = {
        "extra_args": {key: _word(value) for key, value in own.extra_args.items() if key not in repeated},
        "extra_args_array": {key: [_word(one) for one in value] for key, value in repeated.items()},
        "extra_binds": list(own.extra_binds),
        "extra_env": list(own.extra_env),
    }
    return {key: value for key, value in settings.items() if value}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
