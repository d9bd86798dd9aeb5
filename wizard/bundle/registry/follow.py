"""What nodes have to know of a registry that stands for many: in the spec for RKE2, in daemon.json for docker."""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from wizard.bundle.oci.reference import DOCKER, Reference, folder_of

PASSWORD_VARIABLE = "REGISTRY_PASSWORD"  # noqa: S105 - where the spec will look for it


def registries(
    images: Iterable[Reference],
    registry: str,
    *,
    prefix: str = "",
    ca_file: str = "",
    username: str = "",
    scheme: str = "https",
) -> dict[str, Any]:
    """Return the spec's `registries:` by which nodes get these images from `registry` (`host:port`).

    `ca_file` is the CA's path on the nodes. Images of docker.io keep their names there, so they need no rewriting.
    """
    mirrors: dict[str, Any] = {}
    for host in sorted({image.registry for image in images}):
        folder = "/".join(filter(None, (prefix, "" if host == DOCKER else folder_of(host))))
        rewrite = {"rewrite": {"^(.*)$": f"{folder}/$1"}} if folder else {}
        mirrors[host] = {"endpoint": [f"{scheme}://{registry}"], **rewrite}
    config: dict[str, Any] = {}
    if username:
        config["auth"] = {"username": username, "password": {"env": PASSWORD_VARIABLE}}
    if ca_file:
        config["tls"] = {"ca_file": ca_file}
    return {"mirrors": mirrors, **({"configs": {registry: config}} if config else {})}


def registries_of_rke1(registry: str, *, username: str = "") -> dict[str, Any]:
    """Return the spec's `registries:` by which RKE1 puts `registry` (`host:port`) before all names of its images."""
    login = {"username": username, "password": {"env": PASSWORD_VARIABLE}}
    return {"system_default_registry": registry, **({"configs": {registry: {"auth": login}}} if username else {})}


def as_spec(record: dict[str, Any]) -> str:
    """Return the lines for cluster.yaml."""
    return yaml.safe_dump({"registries": record}, sort_keys=False)


def daemon_json(registry: str, scheme: str = "https") -> str:
    """Return docker's /etc/docker/daemon.json: it knows mirrors of docker.io alone.

    The CA belongs into /etc/docker/certs.d/HOST:PORT/ca.crt.
    """
    return json.dumps({"registry-mirrors": [f"{scheme}://{registry}"]}, indent=2) + "\n"
