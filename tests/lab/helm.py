"""A stand-in for helm, and it says so: `template`, `upgrade --install` and `uninstall` of plain charts, by the API.

Run as a script, as the operator's helm is; what it keeps in the cluster bears the labels that helm's own records bear.
Source of labels, states and messages: pkg/action and pkg/storage/driver of helm/helm.
"""

import base64
import http.client
import json
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

if __name__ == "__main__":
    # The chart reader is the one of the stand-in release.
    sys.path.insert(0, str(Path(__file__).parent / "release"))
    from rke2 import charts, kinds
else:
    from tests.lab.release.rke2 import charts, kinds

VERSION = "v3.18.6+gstandin"
PAUSE = "HELM_STANDIN_PAUSE"
"""A file beside the chart of this name lets it stop in the middle of its work, for somebody to kill what began it."""
PAUSE_S = 60


class Failed(Exception):
    """Ends with exit status 1 and `Error: ` before this."""


class Cluster:
    """The API through a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.where = urlsplit(cluster["server"])
        self.context = ssl.create_default_context(cadata=_plain(cluster["certificate-authority-data"]))
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(_plain(user["client-certificate-data"]) + "\n" + _plain(user["client-key-data"]))
            file.flush()
            self.context.load_cert_chain(file.name)

    def ask(self, method: str, path: str, body: Any = None, sent: str = "application/json") -> Any:
        """Return the answer; None for an object that is not there. Raises Failed for a refusal."""
        line = http.client.HTTPSConnection(self.where.hostname or "", self.where.port, timeout=32, context=self.context)
        try:
            line.request(method, path, json.dumps(body) if body else None, {"Content-Type": sent})
            answer = line.getresponse()
            text = answer.read()
        except OSError as wrong:
            raise Failed(f'Kubernetes cluster unreachable: Get "{self.where.geturl()}/version": {wrong}') from None
        finally:
            line.close()
        if answer.status == 404 and method == "GET":
            return None
        if answer.status >= 300:
            raise Failed(json.loads(text)["message"])
        return json.loads(text)

    def kinds(self) -> list[kinds.Kind]:
        """Return what the cluster knows."""
        return [kinds.Kind(*each) for each in self.ask("GET", "/apis/standin")]


def upgrade(cluster: Cluster, name: str, chart: Path, space: str, values: dict[str, Any]) -> None:
    """helm upgrade --install."""
    known = _records(cluster, name, space)
    if any(each["labels"]["status"].startswith("pending") for each in known):
        raise Failed("UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress")
    made = charts.read(chart.read_bytes()).objects(name, space, values)
    number = max((int(each["labels"]["version"]) for each in known), default=0) + 1
    if cluster.ask("GET", f"/api/v1/namespaces/{space}") is None:
        cluster.ask("POST", "/api/v1/namespaces", {"metadata": {"name": space}})
    _record(cluster, name, space, number, f"pending-{'upgrade' if known else 'install'}", [])
    paths: list[str] = []
    try:
        for each in made:
            paths.append(_path(cluster, each, space))
            cluster.ask("PATCH", f"{paths[-1]}?fieldManager=helm", each, "application/apply-patch+yaml")
            if chart.with_name(PAUSE).exists():
                print(f"{PAUSE}: it stops here", flush=True)
                time.sleep(PAUSE_S)
    except Failed as wrong:
        _record(cluster, name, space, number, "failed", paths)
        raise Failed(f"{'UPGRADE' if known else 'INSTALLATION'} FAILED: {wrong}") from None
    for each in known:
        if each["labels"]["status"] == "deployed":
            _record(cluster, name, space, int(each["labels"]["version"]), "superseded", paths)
    _record(cluster, name, space, number, "deployed", paths)
    print(f'Release "{name}" has been upgraded. Happy Helming! (stand-in)\nSTATUS: deployed\nREVISION: {number}')


def template(name: str, chart: Path, space: str, values: dict[str, Any], out: Path) -> None:
    """helm template --output-dir: a file of all objects, as the real one has one for each template."""
    read = charts.read(chart.read_bytes())
    place = out / str(read.about["name"]) / "templates" / "all.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(yaml.safe_dump_all(read.objects(name, space, values)))
    print(f"wrote {place}")


def uninstall(cluster: Cluster, name: str, space: str) -> None:
    """helm uninstall: what the newest revision made goes, then all that is kept of the release."""
    known = _records(cluster, name, space)
    if not known:
        raise Failed(f"uninstall: Release not loaded: {name}: release: not found")
    newest = max(known, key=lambda each: int(each["labels"]["version"]))
    kept = cluster.ask("GET", f"/api/v1/namespaces/{space}/secrets/{newest['name']}")
    for path in reversed(json.loads(base64.b64decode(kept["data"]["release"]))):
        if cluster.ask("GET", path) and "/customresourcedefinitions/" not in path:
            cluster.ask("DELETE", path)
    for each in known:
        cluster.ask("DELETE", f"/api/v1/namespaces/{space}/secrets/{each['name']}")
    print(f'release "{name}" uninstalled (stand-in)')


def _path(cluster: Cluster, each: dict[str, Any], space: str) -> str:
    for kind in cluster.kinds():
        if (kind.version, kind.name) == (each["apiVersion"], each["kind"]):
            return kind.path(each["metadata"].get("namespace", space), each["metadata"]["name"])
    raise Failed(f'resource mapping not found: no matches for kind "{each["kind"]}" in version "{each["apiVersion"]}"')


def _records(cluster: Cluster, name: str, space: str) -> list[dict[str, Any]]:
    chosen = quote(f"owner=helm,name={name}")
    found = cluster.ask("GET", f"/api/v1/namespaces/{space}/secrets?labelSelector={chosen}")
    return [each["metadata"] for each in found["items"]]


def _record(cluster: Cluster, name: str, space: str, number: int, status: str, paths: list[str]) -> None:
    labels = {"owner": "helm", "name": name, "status": status, "version": str(number)}
    meta = {"name": f"sh.helm.release.v1.{name}.v{number}", "labels": labels | {"modifiedAt": str(int(time.time()))}}
    body = {"metadata": meta, "type": "helm.sh/release.v1", "stringData": {"release": json.dumps(paths)}}
    where = f"/api/v1/namespaces/{space}/secrets/{meta['name']}?fieldManager=Helm"
    cluster.ask("PATCH", where, body, "application/apply-patch+yaml")


def _plain(text: str) -> str:
    return base64.b64decode(text).decode()


def main(words: list[str]) -> None:
    """Run one command."""
    bare = (
        "--install",
        "--create-namespace",
        "--reset-values",
        "--short",
        "--ignore-not-found",
        "--wait",
        "--include-crds",
    )
    given: dict[str, str] = {}
    rest, plain = iter(words), []
    for word in rest:
        if word.startswith("--"):
            given[word] = "" if word in bare else next(rest)
        else:
            plain.append(word)
    if plain[:1] == ["version"]:
        print(VERSION)
        return
    if plain[0] == "template":
        values = yaml.safe_load(Path(given["--values"]).read_text()) or {}
        template(plain[1], Path(plain[2]), given["--namespace"], values, Path(given["--output-dir"]))
        return
    cluster, space = Cluster(Path(given["--kubeconfig"])), given["--namespace"]
    if plain[0] == "uninstall":
        uninstall(cluster, plain[1], space)
        return
    values = yaml.safe_load(Path(given["--values"]).read_text()) or {}
    upgrade(cluster, plain[1], Path(plain[2]), space, values)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failed as failure:
        sys.exit(f"Error: {failure}")
