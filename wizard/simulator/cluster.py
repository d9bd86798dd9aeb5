"""A simulated RKE2 cluster: its CA, its tokens, its members, and whom it lets join."""

import base64
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DATA = "/var/lib/rancher/rke2"
CONFIG = "/etc/rancher/rke2/config.yaml"
KUBECONFIG = "/etc/rancher/rke2/rke2.yaml"
SERVER_CA = f"{DATA}/server/tls/server-ca.crt"
AGENT_CA = f"{DATA}/agent/server-ca.crt"


@dataclass(slots=True)
class Member:
    """A node as the cluster lists it."""

    role: str
    address: str
    version: str
    ready: bool = False
    voter: bool = False


@dataclass(slots=True)
class Cluster:
    """One cluster; its first server's configuration sets the tokens."""

    ca: bytes
    server_password: str
    agent_password: str
    members: dict[str, Member] = field(default_factory=dict)
    cordoned: set[str] = field(default_factory=set)
    learner: str = ""
    """The server that etcd is taking in just now: it takes one at a time."""

    @classmethod
    def begin(cls, config: Mapping[str, Any], *, seed: str) -> "Cluster":
        """Return a new cluster, as its first server makes it from its config.yaml."""
        password = str(config.get("token", ""))
        return cls(certificate(seed), password, str(config.get("agent-token", password)))

    @property
    def ca_hash(self) -> str:
        """What a full token carries: the sha256 of the CA's PEM file."""
        return hashlib.sha256(self.ca).hexdigest()

    def refuses(self, token: str, role: str) -> str:
        """Return what RKE2 says of a token that does not let a node of `role` in; "" when it does."""
        digest, user, password = _parts(token)
        if digest and digest != self.ca_hash:
            return f"token CA hash does not match the Cluster CA certificate hash: {digest} != {self.ca_hash}"
        servers = (user in ("", "server")) and password == self.server_password
        agents = role == "agent" and user in ("", "node") and password == self.agent_password
        return "" if servers or agents else "401 Unauthorized"


def certificate(seed: str) -> bytes:
    """Return a file in the form of a CA certificate, the same for the same seed; it certifies nothing."""
    dice = random.Random(f"{seed}/ca")  # noqa: S311 - repeatable on purpose
    body = base64.b64encode(dice.randbytes(420)).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


def kubeconfig(ca: bytes) -> bytes:
    """Return the admin's kubeconfig as a server writes it."""
    authority = base64.b64encode(ca).decode()
    return (
        "apiVersion: v1\nclusters:\n- cluster:\n"
        f"    certificate-authority-data: {authority}\n    server: https://127.0.0.1:6443\n  name: default\n"
        "contexts:\n- context:\n    cluster: default\n    user: default\n  name: default\n"
        "current-context: default\nkind: Config\nusers:\n- name: default\n  user:\n"
        f"    client-certificate-data: {authority}\n    client-key-data: c2ltdWxhdGVk\n"
    ).encode()


def _parts(token: str) -> tuple[str, str, str]:
    """Digest, user and password of a token, full or short."""
    if not token.startswith("K10"):
        return "", "", token
    digest, _, rest = token.removeprefix("K10").partition("::")
    user, _, password = rest.partition(":")
    return digest, user, password
