"""What the wizard notes in the cluster itself: what it has brought about, and what it is about to do."""

from wizard.kube import stamps as stamped
from wizard.kube.api import Kube, Manifest
from wizard.rancher.release import NAMESPACES, RANCHER

NAMESPACE = NAMESPACES[RANCHER]


def doing(release: str) -> str:
    """Return the key under which the revision stands that a helm of ours is about to make."""
    return f"{release}.doing"


async def note(kube: Kube, **stamps: str) -> None:
    """Note stamps beside those that are there; "" takes one back. Raises what kubectl raises."""
    await stamped.note(kube, NAMESPACE, stamps, *spaces((NAMESPACE,)))


def spaces(names: tuple[str, ...]) -> list[Manifest]:
    """Return namespaces to be applied."""
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
