"""State files as rke writes them."""

import base64
import hashlib
import json
from typing import Any

from wizard.spec.models import Spec


def certificate(name: str) -> str:
    """Return the PEM of a made-up certificate, the same for each name."""
    body = base64.encodebytes(hashlib.sha512(name.encode()).digest() * 8).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def record(
    ca: str = "ours", *, nodes: int = 3, built: bool = True, version: str = "v1.30.14-rancher1-1"
) -> dict[str, Any]:
    """Return what a state file of a cluster with that CA holds."""
    config = {"kubernetesVersion": version, "nodes": [{"address": f"10.0.0.{11 + k}"} for k in range(nodes)]}
    bundle = {"kube-ca": {"certificatePEM": certificate(ca), "keyPEM": f"the key of {ca}"}}
    desired = {"rkeConfig": config, "certificatesBundle": bundle, "encryptionConfig": ""}
    return {"desiredState": desired, "currentState": desired if built else {}}


def of_spec(spec: Spec, *, ca: str = "ours", version: str = "") -> bytes:
    """Return the bytes of the state file of a cluster that came up as a spec has it."""
    found = record(ca, version=version or spec.version)
    found["desiredState"]["rkeConfig"]["nodes"] = [
        {"address": node.address, "hostnameOverride": node.name, "role": list(node.planes)} for node in spec.nodes
    ]
    return json.dumps(found).encode()


def text(ca: str = "ours", **more: Any) -> bytes:
    """Return the bytes of such a file."""
    return json.dumps(record(ca, **more), indent=2).encode()
