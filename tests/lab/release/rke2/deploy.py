"""What a server does beside its API: it deploys its manifests, installs charts of HelmChart objects, gives out
MetalLB's addresses and carries kube-vip's.

The real one looks at its manifests every 15 s; a test need not wait so long.
"""

import base64
import hashlib
import ipaddress
import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from . import charts
from .etcd import Etcd, EtcdError
from .journal import error, say
from .objects import Object, Objects
from .settings import Settings
from .web import Answer

EVERY_S = 1.0
SYSTEM = "kube-system"
INGRESS = {"rke2-ingress-nginx": "rke2-ingress-nginx-controller", "rke2-traefik": "rke2-traefik"}
"""Charts of RKE2's own that this stand-in has no archive of, and the Service that each makes when asked for one."""


def start(settings: Settings, etcd: Etcd) -> None:
    """Begin to deploy, for as long as the service runs."""
    threading.Thread(target=_run, args=(settings, etcd), daemon=True).start()


def _run(settings: Settings, etcd: Etcd) -> None:
    seen: dict[Path, tuple[int, int]] = {}
    objects = Objects(etcd)
    while True:
        try:
            _deploy(settings.data / "server/manifests", objects, seen)
            # One of the servers has the lease of these controllers.
            if etcd.leads():
                _charts(objects)
                _addresses(objects)
            _virtual_ip(objects, etcd.leads())
        except (EtcdError, Answer) as wrong:
            error(f"Failed to reconcile: {wrong.body['message'] if isinstance(wrong, Answer) else wrong}")
        time.sleep(EVERY_S)


def _deploy(folder: Path, objects: Objects, seen: dict[Path, tuple[int, int]]) -> None:
    import yaml

    for path in sorted(folder.glob("*.yaml")):
        stat = path.stat()
        if seen.get(path) == (stat.st_mtime_ns, stat.st_size):
            continue
        try:
            for each in yaml.safe_load_all(path.read_text()):
                if each:
                    objects.merge(objects.kind(each["kind"], each["apiVersion"]), _space(each), each)
        except (Answer, yaml.YAMLError, KeyError, TypeError) as wrong:
            # Tried again at the next look, as the real one does.
            said = wrong.body["message"] if isinstance(wrong, Answer) else wrong
            error(f"Failed to process config: failed to process {path}: {said}")
            continue
        seen[path] = (stat.st_mtime_ns, stat.st_size)
        say(f'Event(v1.ObjectReference{{Kind:"Addon", Name:"{path.stem}"}}): Applied manifest at "{path}"')


def _charts(objects: Objects) -> None:
    """Install or upgrade each HelmChart that is not as it asks to be, and uninstall those that are gone."""
    wanted = {each["metadata"]["name"]: each for each in objects.all(objects.kind("HelmChart"))}
    configs = {each["metadata"]["name"]: each for each in objects.all(objects.kind("HelmChartConfig"))}
    done = _installed(objects)
    for name, chart in wanted.items():
        digest = _digest(chart["spec"], configs.get(name, {}).get("spec"))
        if done.get(name, {}).get("digest") != digest:
            _install(objects, name, chart, _values(configs.get(name)), digest)
    for name in done.keys() - wanted.keys() - INGRESS.keys():
        _uninstall(objects, name, done[name])
    for name, service in INGRESS.items():
        _own_ingress(objects, name, service, configs.get(name), done.get(name))


def _install(objects: Objects, name: str, chart: Object, more: dict[str, Any], digest: str) -> None:
    spec, was = chart["spec"], _installed(objects).get(name, {})
    space = spec.get("targetNamespace", "default")
    try:
        if "chartContent" not in spec:
            raise ValueError(f'looks like "{spec.get("repo")}" is not a valid chart repository or cannot be reached')
        read = charts.read(base64.b64decode(spec["chartContent"]))
        values = charts.merged(_yaml(spec.get("valuesContent", "")), more)
        made = read.objects(name, space, values)
        if spec.get("createNamespace"):
            objects.merge(objects.kind("Namespace"), "", {"metadata": {"name": space}})
        refs = place(objects, made, space)
    except (ValueError, OSError, Answer) as wrong:
        said = wrong.body["message"] if isinstance(wrong, Answer) else str(wrong)
        _job(objects, name, f"Error: INSTALLATION FAILED: {said}")
        return
    number = int(was.get("number", 0)) + 1
    record(objects, name, space, number, "deployed", read.version)
    objects.delete(objects.kind("Job"), SYSTEM, f"helm-install-{name}")
    _remember(objects, name, {"digest": digest, "number": number, "space": space, "objects": refs})
    say(f'helm-install-{name}: Release "{name}" has been upgraded. Happy Helming! (stand-in)')


def place(objects: Objects, made: list[Object], space: str) -> list[list[str]]:
    """Apply what a chart makes; return each object's kind, namespace and name. Raises Answer at the first refusal."""
    refs = []
    for each in made:
        kind = objects.kind(each["kind"], each["apiVersion"])
        home = each["metadata"].get("namespace", space) if kind.spaced else ""
        objects.merge(kind, home, each)
        refs.append([kind.version, kind.name, home, each["metadata"]["name"]])
    return refs


def record(objects: Objects, name: str, space: str, number: int, status: str, version: str) -> None:
    """Keep a revision of a release, by the labels that helm puts on its Secrets."""
    labels = {
        "owner": "helm",
        "name": name,
        "status": status,
        "version": str(number),
        "modifiedAt": str(int(time.time())),
    }
    meta = {"name": f"sh.helm.release.v1.{name}.v{number}", "namespace": space, "labels": labels}
    body = {"metadata": meta, "type": "helm.sh/release.v1", "stringData": {"release": version}}
    objects.merge(objects.kind("Secret"), space, body)


def _uninstall(objects: Objects, name: str, done: dict[str, Any]) -> None:
    for version, kind, space, each in reversed(done["objects"]):
        # Definitions of a chart's crds folder stay, as helm leaves them.
        if kind != "CustomResourceDefinition":
            objects.delete(objects.kind(kind, version), space, each)
    for number in range(1, int(done["number"]) + 1):
        objects.delete(objects.kind("Secret"), done["space"], f"sh.helm.release.v1.{name}.v{number}")
    objects.delete(objects.kind("ConfigMap"), SYSTEM, f"standin-{name}")
    say(f'helm-delete-{name}: release "{name}" uninstalled (stand-in)')


def _own_ingress(objects: Objects, name: str, service: str, config: Object | None, done: Any) -> None:
    values = _values(config)
    asked = values.get("controller", values).get("service") or {}
    digest = _digest(asked, None)
    if (done or {}).get("digest", _digest({}, None)) == digest:
        return
    kind = objects.kind("Service")
    if asked.get("type") == "LoadBalancer":
        meta = {"name": service, "namespace": SYSTEM, "annotations": asked.get("annotations") or {}}
        objects.merge(kind, SYSTEM, {"metadata": meta, "spec": {"type": "LoadBalancer"}})
    else:
        objects.delete(kind, SYSTEM, service)
    _remember(objects, name, {"digest": digest, "number": 1, "space": SYSTEM, "objects": []})


def _addresses(objects: Objects) -> None:
    """MetalLB's controller: an address for each Service of type LoadBalancer. It is announced to nobody here."""
    services = [each for each in objects.all(objects.kind("Service")) if each["spec"].get("type") == "LoadBalancer"]
    if not services or not objects.available("metallb-system", "metallb-controller"):
        return
    free = [str(address) for pool in objects.all(objects.kind("IPAddressPool")) for address in _pool(pool)]
    taken = {entry["ip"] for each in services for entry in _given(each)}
    for each in services:
        noted = each["metadata"].get("annotations") or {}
        asked = next((value for key, value in noted.items() if key.endswith("/loadBalancerIPs")), "")
        address = asked or next((one for one in free if one not in taken), "")
        if address and not _given(each):
            taken.add(address)
            status = {"loadBalancer": {"ingress": [{"ip": address}]}}
            objects.merge(objects.kind("Service"), each["metadata"]["namespace"], each | {"status": status})


def _virtual_ip(objects: Objects, leads: bool) -> None:
    """kube-vip's pods, all but the programs in them: the server that leads has the address."""
    found = objects.get(objects.kind("DaemonSet"), SYSTEM, "kube-vip")
    if found is None:
        return
    env = found["spec"]["template"]["spec"]["containers"][0]["env"]
    address = next(each["value"] for each in env if each["name"] == "address")
    subprocess.run(["ip", "addr", "add" if leads else "del", f"{address}/32", "dev", "eth0"], capture_output=True)


def _pool(pool: Object) -> list[Any]:
    found: list[Any] = []
    for text in pool["spec"]["addresses"]:
        first, dash, last = text.partition("-")
        if dash:
            begin, end = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
            found += [begin + number for number in range(min(int(end) - int(begin) + 1, 256))]
        else:
            found += list(ipaddress.ip_network(text))[:256]
    return found


def _given(service: Object) -> list[dict[str, str]]:
    return list(service.get("status", {}).get("loadBalancer", {}).get("ingress", []))


def _job(objects: Objects, name: str, said: str) -> None:
    meta = {"name": f"helm-install-{name}", "namespace": SYSTEM, "annotations": {"standin/log": f"{said}\n"}}
    objects.merge(objects.kind("Job"), SYSTEM, {"metadata": meta, "status": {"failed": 1}})


def _installed(objects: Objects) -> dict[str, dict[str, Any]]:
    prefix = "standin-"
    maps = [
        each for each in objects.all(objects.kind("ConfigMap"), SYSTEM) if each["metadata"]["name"].startswith(prefix)
    ]
    return {each["metadata"]["name"].removeprefix(prefix): json.loads(each["data"]["state"]) for each in maps}


def _remember(objects: Objects, name: str, state: dict[str, Any]) -> None:
    meta = {"name": f"standin-{name}", "namespace": SYSTEM}
    objects.merge(objects.kind("ConfigMap"), SYSTEM, {"metadata": meta, "data": {"state": json.dumps(state)}})


def _values(config: Object | None) -> dict[str, Any]:
    return _yaml(((config or {}).get("spec") or {}).get("valuesContent", ""))


def _yaml(text: str) -> dict[str, Any]:
    import yaml

    found = yaml.safe_load(text)
    return found if isinstance(found, dict) else {}


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _space(manifest: Object) -> str:
    return str(manifest["metadata"].get("namespace", ""))
