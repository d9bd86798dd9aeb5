"""Charts for a lab's cluster: of the names, values and workloads of the real ones, and of nothing else of theirs."""

import io
import tarfile
from pathlib import Path
from typing import Any

import yaml

from tests.lab.release.rke2.kinds import plural_of
from tests.unit.balancers.metallb_schema import SPECS

Object = dict[str, Any]


def pack(folder: Path, name: str, version: str, objects: list[Object], **more: Any) -> Path:
    """Write NAME-VERSION.tgz into a folder; `more` are values.yaml's. Any helm reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {"apiVersion": "v2", "name": name, "version": version, "appVersion": version}
    texts = {
        "Chart.yaml": yaml.safe_dump(about | {"description": "A stand-in of the lab."}),
        "values.yaml": yaml.safe_dump(more),
        "templates/all.yaml": yaml.safe_dump_all(objects, sort_keys=False),
    }
    path = folder / f"{name}-{version}.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for inside, text in texts.items():
            entry = tarfile.TarInfo(f"{name}/{inside}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


def workload(kind: str, name: str, *, labels: dict[str, str] | None = None, **annotations: str) -> Object:
    """Return a Deployment or DaemonSet; `annotations` tell the stand-in how it comes up."""
    noted = {f"standin/{key.replace('_', '-')}": value for key, value in annotations.items()}
    meta = {"name": name, "labels": labels or {}, "annotations": noted}
    chosen = {"matchLabels": {"app": name}}
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": f"{name}:lab"}]}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": {"selector": chosen, "template": pod}}


def rancher(folder: Path, version: str, *more: Object, **webhook: str) -> Path:
    """Pack Rancher; `webhook` is how its webhook comes up, `more` is applied after that."""
    main = workload("Deployment", "rancher", labels={"chart": f"rancher-{version}"})
    main["spec"]["replicas"] = "{{ .Values.replicas }}"
    hook = workload("Deployment", "rancher-webhook", **webhook)
    # Another image, so that it comes up anew.
    hook["spec"]["template"]["spec"]["containers"][0]["image"] = f"rancher-webhook:{version}"
    return pack(folder, "rancher", version, [main, hook, *more, _ingress()], hostname="", replicas=3)


def cert_manager(folder: Path, version: str) -> Path:
    """Pack cert-manager."""
    names = ("cert-manager", "cert-manager-webhook", "cert-manager-cainjector")
    return pack(folder, "cert-manager", version, [workload("Deployment", name) for name in names])


def metallb(folder: Path, version: str) -> Path:
    """Pack MetalLB, with the definitions of its kinds."""
    labels = {"app.kubernetes.io/version": f"v{version}"}
    controller = workload("Deployment", "metallb-controller", labels=labels, ready_after="2")
    speaker = workload("DaemonSet", "metallb-speaker", labels=labels, ready_after="2")
    return pack(folder, "metallb", version, [*_definitions(), controller, speaker])


def _definitions() -> list[Object]:
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural_of(kind)}.metallb.io"},
            "spec": {
                "group": "metallb.io",
                "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural_of(kind), "singular": kind.lower()},
                "versions": [{"name": version, "served": True, "storage": True}],
            },
        }
        for kind, version in SPECS
    ]


def _ingress() -> Object:
    host = {"host": "{{ .Values.hostname }}"}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "rancher"},
        "spec": {"rules": [host]},
    }
