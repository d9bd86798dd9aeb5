"""All objects but nodes, kept in etcd: written as the API server writes them, and as well as their controllers say.

No pod runs anywhere: a workload is ready a moment after it was written. `standin/ready-after: "30"` among the
annotations of one makes that later, `standin/complaint: "ErrImagePull: ..."` never.
"""

import base64
import json
import time
import uuid
from typing import Any

from . import registry
from .etcd import Etcd
from .kinds import Kind, built_in, defined
from .web import Answer

OBJECTS = "/standin/objects"
WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")
SPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
READY_S = 0.5
WEBHOOKS = {
    "metallb.io": ("metallb-system", "metallb-controller", "ipaddresspoolvalidationwebhook.metallb.io"),
    "Namespace": ("cattle-system", "rancher-webhook", "rancher.cattle.io.namespaces"),
}
"""Who must be ready before an object of a group or kind is taken, where that workload is there or the group is its."""

Object = dict[str, Any]


class Objects:
    """What the cluster holds. Every call may raise EtcdError; those that write raise Answer as the API server does."""

    def __init__(self, etcd: Etcd) -> None:
        self.etcd = etcd

    def kinds(self) -> list[Kind]:
        """Return every kind that is known now."""
        definition = next(kind for kind in built_in() if kind.name == "CustomResourceDefinition")
        return [*built_in(), *defined(self.all(definition))]

    def kind(self, name: str, version: str = "") -> Kind:
        """Return a kind by the words of a manifest. Raises Answer for one that nobody brought."""
        for kind in self.kinds():
            if kind.name == name and version in ("", kind.version):
                return kind
        raise refusal(404, f'no matches for kind "{name}" in version "{version}"')

    def all(self, kind: Kind, namespace: str = "") -> list[Object]:
        """Return the objects of a kind, of one namespace or of all."""
        prefix = f"{OBJECTS}/{kind.plural}.{kind.group}/" + (f"{namespace}/" if namespace and kind.spaced else "")
        found = [self._alive(json.loads(text)) for text in self.etcd.under(prefix).values()]
        if kind.name == "Namespace":
            made = {each["metadata"]["name"] for each in found}
            found += [self._space(name) for name in SPACES if name not in made]
        if kind.name == "Pod":
            found += self._pods(namespace)
        return found

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return one object, None for none."""
        if kind.name == "Namespace" and name in SPACES:
            return self._space(name)
        text = self.etcd.get(_key(kind, namespace, name))
        return self._alive(json.loads(text)) if text else None

    def put(self, kind: Kind, given: Object, *, dry: bool = False) -> Object:
        """Write an object as it is given, keeping what only the cluster decides."""
        meta = given["metadata"]
        namespace, name = meta.get("namespace", "") if kind.spaced else "", meta["name"]
        known = self.etcd.get(_key(kind, namespace, name))
        was = json.loads(known) if known else {}
        self._admit(kind, namespace, new=not was)
        old = was.get("metadata", {})
        same = was.get("spec") == given.get("spec") and bool(was)
        written = given | {"apiVersion": kind.version, "kind": kind.name}
        written["metadata"] = {key: value for key, value in meta.items() if key != "managedFields"} | {
            "uid": old.get("uid") or str(uuid.uuid4()),
            "creationTimestamp": old.get("creationTimestamp") or registry.now(),
            "generation": old.get("generation", 0) + (not same),
            "resourceVersion": str(time.time_ns() // 1000),
        }
        written["standin"] = was["standin"] if same else time.time()
        if not dry:
            self.etcd.put(_key(kind, namespace, name), json.dumps(written))
        return self._alive(written)

    def merge(self, kind: Kind, namespace: str, patch: Object, *, dry: bool = False) -> Object:
        """Lay a patch over an object, and make one of it where there is none: a server-side apply."""
        name = patch["metadata"]["name"]
        text = self.etcd.get(_key(kind, namespace, name))
        whole = json.loads(text) if text else {}
        whole.pop("status", None)
        _merge(whole, patch)
        if kind.name == "Secret" and (plain := whole.pop("stringData", None)):
            whole.setdefault("data", {}).update({key: _b64(value) for key, value in plain.items()})
        if kind.spaced:
            whole["metadata"]["namespace"] = namespace or "default"
        return self.put(kind, whole, dry=dry)

    def delete(self, kind: Kind, namespace: str, name: str) -> bool:
        """Delete an object, and with a namespace all that is in it; return whether there was one."""
        if kind.name == "Namespace":
            for other in self.kinds():
                for each in self.all(other, name) if other.spaced else ():
                    self.etcd.delete(_key(other, name, each["metadata"]["name"]))
        return self.etcd.delete(_key(kind, namespace if kind.spaced else "", name))

    def available(self, namespace: str, deployment: str) -> bool | None:
        """Whether a deployment has all of its pods; None where there is none."""
        found = self.get(self.kind("Deployment"), namespace, deployment)
        return bool(found["status"].get("availableReplicas")) if found else None

    def _admit(self, kind: Kind, namespace: str, *, new: bool) -> None:
        if namespace and namespace not in {each["metadata"]["name"] for each in self.all(self.kind("Namespace"))}:
            raise refusal(404, f'namespaces "{namespace}" not found')
        hook = WEBHOOKS.get(kind.group) or (WEBHOOKS.get(kind.name) if new else None)
        if hook and (self.available(*hook[:2]) is False or (kind.group in WEBHOOKS and not self.available(*hook[:2]))):
            raise refusal(
                500,
                f'Internal error occurred: failed calling webhook "{hook[2]}": failed to call webhook: Post '
                f'"https://{hook[1]}.{hook[0]}.svc:443/": no endpoints available for service "{hook[1]}"',
            )

    def _alive(self, written: Object) -> Object:
        """An object as its controller has brought it about by now."""
        shown = {key: value for key, value in written.items() if key != "standin"}
        if wrote := (written["metadata"].get("annotations") or {}).get("standin/wrote-by"):
            shown["metadata"] = shown["metadata"] | {"managedFields": [{"manager": "test", "apiVersion": wrote}]}
        if written["kind"] not in WORKLOADS:
            return shown
        ready = self._complaint(written) == "" and time.time() > written["standin"] + _patience_s(written)
        generation = written["metadata"]["generation"]
        if written["kind"] == "DaemonSet":
            nodes = len(registry.nodes(self.etcd))
            status = {"desiredNumberScheduled": nodes, "numberReady": nodes if ready else 0}
        else:
            wanted = written.get("spec", {}).get("replicas", 1)
            shown["spec"] = written.get("spec", {}) | {"replicas": wanted}
            status = {"replicas": wanted, "updatedReplicas": wanted} | ({"availableReplicas": wanted} if ready else {})
        return shown | {"status": status | {"observedGeneration": generation}}

    def _complaint(self, written: Object) -> str:
        return str((written["metadata"].get("annotations") or {}).get("standin/complaint", ""))

    def _pods(self, namespace: str) -> list[Object]:
        """One pod for each workload that complains: what keeps it is read from there."""
        found = []
        for name in WORKLOADS:
            for each in self.all(self.kind(name), namespace):
                reason, _, message = self._complaint(each).partition(": ")
                if reason:
                    meta = {"name": f"{each['metadata']['name']}-7d9c5", "namespace": each["metadata"]["namespace"]}
                    waits = {"state": {"waiting": {"reason": reason, "message": message}}}
                    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
                    found.append(pod | {"status": {"phase": "Pending", "containerStatuses": [waits]}})
        return found

    def _space(self, name: str) -> Object:
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}}


def refusal(code: int, message: str) -> Answer:
    """Return the API server's Status object for a request that it refuses."""
    reasons = {401: "Unauthorized", 404: "NotFound", 405: "MethodNotAllowed", 409: "AlreadyExists"}
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}
    return Answer(code, body | {"reason": reasons.get(code, "InternalError"), "code": code})


def _key(kind: Kind, namespace: str, name: str) -> str:
    place = f"{namespace or 'default'}/" if kind.spaced else ""
    return f"{OBJECTS}/{kind.plural}.{kind.group}/{place}{name}"


def _patience_s(written: Object) -> float:
    return float((written["metadata"].get("annotations") or {}).get("standin/ready-after", READY_S))


def _merge(old: Object, new: Object) -> None:
    for key, value in new.items():
        if value is None:
            old.pop(key, None)
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            _merge(old[key], value)
        else:
            old[key] = value


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
