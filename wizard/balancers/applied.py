"""A set of objects that the wizard itself applies: what does not belong to it any more is taken away again.

A label says which set an object is of, so that nobody has to remember what an older release brought.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wizard.kube.api import Kube
from wizard.kube.undeploy import Tell, take_object

LABEL = "rancher-wizard/set"
APPLY_S = 120.0

Object = Mapping[str, Any]


def kinds_of(objects: Iterable[Object]) -> tuple[str, ...]:
    """Return the kinds of objects as kubectl takes them: `deployment.apps`, each once."""
    return tuple(sorted({_kind(each) for each in objects}))


def marked(objects: Iterable[Object], name: str) -> list[dict[str, Any]]:
    """Return objects as members of the set `name`."""
    return [_labelled(each, name) for each in objects]


async def bring_about(
    kube: Kube, objects: Sequence[Object], name: str, *, namespace: str, before: Iterable[str], tell: Tell
) -> None:
    """Apply a set; then delete what is of the set and not among `objects`. Raises what kubectl raises.

    `before` are kinds that it had earlier; `namespace` is that of objects which name none.
    """
    await kube.apply(marked(objects, name), namespace=namespace, timeout_s=APPLY_S)
    wanted = {(_kind(each), each["metadata"]["name"]) for each in objects}
    await _take(kube, name, {*kinds_of(objects), *before}, wanted, tell)


async def take_away(kube: Kube, name: str, kinds: Iterable[str], tell: Tell) -> None:
    """Delete a whole set, of these kinds; definitions of kinds go last. Raises what kubectl raises."""
    await _take(kube, name, kinds, set(), tell)


async def _take(kube: Kube, name: str, kinds: Iterable[str], but: set[tuple[str, str]], tell: Tell) -> None:
    for kind in sorted(kinds, key=lambda each: (each.startswith("customresourcedefinition"), each)):
        for each in await kube.items(kind, selector=f"{LABEL}={name}"):
            meta = each["metadata"]
            if (kind, meta["name"]) not in but:
                await take_object(kube, kind, meta["name"], tell, namespace=meta.get("namespace", ""))


def _kind(each: Object) -> str:
    group = each["apiVersion"].rpartition("/")[0]
    return f"{each['kind'].lower()}.{group}" if group else str(each["kind"].lower())


def _labelled(each: Object, name: str) -> dict[str, Any]:
    meta = dict(each["metadata"])
    return {**each, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), LABEL: name}}}
