"""What the wizard notes in a cluster of what it has brought about there: a ConfigMap in the namespace of the thing."""

import json
from collections.abc import Mapping

from wizard.kube.api import Kube, Manifest

NAME = "rancher-wizard"


def read_stamps(text: str) -> Mapping[str, str]:
    """Return stamps as a probe prints them, JSON on one line; never raises, whatever was printed."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


async def noted(kube: Kube, namespace: str) -> Mapping[str, str]:
    """Return what is noted in a namespace. Raises what kubectl raises."""
    there = await kube.get("configmap", NAME, namespace=namespace)
    return (there or {}).get("data") or {}


async def note(kube: Kube, namespace: str, stamps: Mapping[str, str], *beside: Manifest) -> None:
    """Note stamps beside those that are there; "" takes one back. What is `beside` is applied before.

    Raises what kubectl raises.
    """
    known = await noted(kube, namespace)
    kept = {key: value for key, value in {**known, **stamps}.items() if value}
    meta = {"name": NAME, "namespace": namespace}
    await kube.apply([*beside, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": kept}])
