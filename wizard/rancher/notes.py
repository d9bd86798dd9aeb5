"""What the wizard notes in the cluster itself: what it has brought about, and what it is about to do."""

from collections.abc import Mapping

from wizard.kube import Kube, Manifest
from wizard.rancher.release import NAMESPACES, RANCHER

NAMESPACE = NAMESPACES[RANCHER]
NAME = "rancher-wizard"


def doing(release: str) -> str:
    """Return the key under which the revision stands that a helm of ours is about to make."""
    return f"{release}.doing"


async def note(kube: Kube, **stamps: str) -> None:
    """Note stamps beside those that are there; "" takes one back. Raises what kubectl raises."""
    there = await kube.get("configmap", NAME, namespace=NAMESPACE)
    known: Mapping[str, str] = (there or {}).get("data") or {}
    kept = {key: value for key, value in {**known, **stamps}.items() if value}
    await kube.apply([*spaces((NAMESPACE,)), _map(kept)])


def spaces(names: tuple[str, ...]) -> list[Manifest]:
    """Return namespaces to be applied."""
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]


def _map(data: Mapping[str, str]) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "data": dict(data),
    }
