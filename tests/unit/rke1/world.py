"""Stand-ins for kubectl and helm on the jump host, over one file of objects: what is applied is there, and is ready."""

import json
import re
import sys
from pathlib import Path
from typing import Any

WIDE = ("namespace", "customresourcedefinition", "clusterrole", "validatingwebhookconfiguration")
BARE = (
    "--server-side",
    "--force-conflicts",
    "--ignore-not-found",
    "--all-namespaces",
    "--raw",
    "--no-headers",
    "--minify",
    "--install",
)
CHART = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ipaddresspools.metallb.io}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: metallb-controller, labels: {app.kubernetes.io/version: vVERSION}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: metallb-speaker}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: of-VERSION}
---
apiVersion: batch/v1
kind: Job
metadata: {name: tests, annotations: {helm.sh/hook: test}}
"""
DEPLOYMENTS = {
    "rancher": ("rancher", "rancher-webhook"),
    "cert-manager": ("cert-manager", "cert-manager-webhook", "cert-manager-cainjector"),
}


class World:
    """The objects, and every command that was run; `faults` are texts that the next apply of such a kind fails with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        there = json.loads(path.read_text()) if path.exists() else {}
        self.objects: dict[str, Any] = there.get("objects", {})
        self.ran: list[str] = there.get("ran", [])
        self.servers: list[str] = there.get("servers", [])
        self.faults: dict[str, list[str]] = there.get("faults", {})

    def save(self) -> None:
        kept = {"objects": self.objects, "ran": self.ran, "servers": self.servers, "faults": self.faults}
        self.path.write_text(json.dumps(kept))

    def put(self, each: dict[str, Any], space: str = "default") -> None:
        """Take an object as the cluster would."""
        kind, meta = each["kind"].lower(), each["metadata"]
        if kind not in WIDE:
            meta.setdefault("namespace", space)
        self.objects[key(kind, meta.get("namespace", ""), meta["name"])] = each | {"status": status(each)}

    def names(self, kind: str) -> list[str]:
        """The names of all objects of a kind."""
        return sorted(each["metadata"]["name"] for each in self.objects.values() if each["kind"].lower() == kind)


def key(kind: str, space: str, name: str) -> str:
    return f"{kind} {'' if kind in WIDE else space} {name}"


def status(each: dict[str, Any]) -> dict[str, Any]:
    """How an object stands once its controller has seen to it."""
    if each["kind"] == "Service" and each["spec"].get("type") == "LoadBalancer":
        return {"loadBalancer": {"ingress": [{"ip": "10.0.0.240"}]}}
    same = dict.fromkeys(("availableReplicas", "updatedReplicas", "replicas", "numberReady", "observedGeneration"), 1)
    return same | {"desiredNumberScheduled": 1}


def kubectl(world: World, words: list[str]) -> int:
    """Run one command."""
    given, plain = _split(words)
    world.ran.append(" ".join(plain))
    config = json.loads(Path(given["--kubeconfig"]).read_text())
    world.servers.append(config["clusters"][0]["cluster"]["server"])
    space = given.get("--namespace") or given.get("-n", "default")
    if "--raw" in given:
        print("ok" if plain[:1] == ["get"] else json.dumps(config))
        return 0
    if plain[:2] == ["config", "view"]:
        print(json.dumps(config))
        return 0
    if plain[0] == "apply":
        return _apply(world, json.load(sys.stdin)["items"], space, dry="--dry-run" in given)
    if plain[0] == "create":
        return 0
    kind, *names = plain[1].partition(".")[0].removesuffix("s").replace("ies", "y"), *plain[2:]
    found = [each for each in world.objects.values() if each["kind"].lower() == kind]
    if "--all-namespaces" not in given and kind not in WIDE:
        found = [each for each in found if each["metadata"]["namespace"] == space]
    if selector := given.get("--selector") or given.get("-l", ""):
        wanted = dict(pair.split("=") for pair in selector.split(",") if "=" in pair and " in " not in pair)
        found = [each for each in found if wanted.items() <= (each["metadata"].get("labels") or {}).items()]
    found = [each for each in found if not names or each["metadata"]["name"] == names[0]]
    if plain[0] == "delete":
        for each in found:
            del world.objects[key(kind, each["metadata"].get("namespace", ""), each["metadata"]["name"])]
            print(f"{kind} {each['metadata']['name']} deleted")
            if kind == "namespace":
                space = each["metadata"]["name"]
                kept = world.objects.items()
                world.objects = {k: v for k, v in kept if v["metadata"].get("namespace") != space}
        return 0
    if names and not found:
        if "--ignore-not-found" not in given:
            print(f"Error from server (NotFound): {kind} not found", file=sys.stderr)
            return 1
        return 0
    if "--label-columns" in given:
        for each in found:
            meta = each["metadata"]
            own = (meta["labels"].get(name, "") for name in given["--label-columns"].split(","))
            print(meta["namespace"], meta["name"], "helm.sh/release.v1", 1, "3h", *own)
        return 0
    data = found[0] if names else {"items": found}
    output = given.get("-o", "")
    print(_rendered(output[9:], data) if output.startswith("jsonpath=") else json.dumps(data), end="")
    return 0


def _rendered(template: str, data: Any) -> str:
    from tests.lab.release.rke2.jsonpath import render

    return render(template, data)


def _apply(world: World, items: list[dict[str, Any]], space: str, *, dry: bool) -> int:
    for each in items:
        if faults := world.faults.get(each["kind"]):
            print(faults.pop(0), file=sys.stderr)
            return 1
        if not dry:
            if each["kind"] == "Secret" and "stringData" in each:
                each["data"] = each.pop("stringData")
            world.put(each, space)
    return 0


def helm(world: World, words: list[str]) -> int:
    """Run one command."""
    if words[0] == "version":
        print("v3.18.6+gstandin")
        return 0
    given, plain = _split(words)
    world.ran.append(f"helm {' '.join(plain)}")
    if plain[0] == "template":
        version = re.search(r"[0-9]+\.[0-9]+\.[0-9]+", given.get("--version", plain[2]))
        assert version
        assert given["--kube-version"] == "v1.30.14"
        out = Path(given["--output-dir"]) / "metallb/templates"
        out.mkdir(parents=True)
        (out / "all.yaml").write_text(CHART.replace("VERSION", version[0]))
        return 0
    name, space = plain[1], given["--namespace"]
    if plain[0] == "uninstall":
        world.objects = {k: v for k, v in world.objects.items() if v["metadata"].get("labels", {}).get("of") != name}
        return 0
    import yaml

    values, version = yaml.safe_load(Path(given["--values"]).read_text()), given["--version"]
    for each in DEPLOYMENTS[name]:
        labels = {"of": name, "chart": f"{name}-{version}"}
        meta = {"name": each, "namespace": space, "labels": labels, "generation": 1}
        world.put({"kind": "Deployment", "metadata": meta, "spec": {"replicas": 1, "values": values}})
    number = 1 + len([each for each in world.names("secret") if each.startswith(f"sh.helm.release.v1.{name}.")])
    labels = {"owner": "helm", "name": name, "status": "deployed", "version": str(number), "of": name}
    meta = {"name": f"sh.helm.release.v1.{name}.v{number}", "namespace": space, "labels": labels | {"modifiedAt": "1"}}
    world.put({"kind": "Secret", "metadata": meta})
    return 0


def _split(words: list[str]) -> tuple[dict[str, str], list[str]]:
    given: dict[str, str] = {}
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in ("-o", "-n", "-l", "-f"):
            given[word] = next(rest)
        elif word.startswith("--"):
            given[name] = value if equals or name in BARE else next(rest)
        else:
            plain.append(word)
    return given, plain


def put_programs(folder: Path, path: Path) -> None:
    """Write `kubectl` and `helm` into a folder, over the world kept at `path`; they start as fast as they can."""
    folder.mkdir(exist_ok=True)
    for name in ("kubectl", "helm"):
        program = folder / name
        program.write_text(
            f"#!{sys.executable} -IS\nimport sys\nsys.path[:0] = {sys.path!r}\n{MAIN % (str(path), name)}"
        )
        program.chmod(0o755)


MAIN = """
import pathlib
from tests.unit.rke1 import world
there = world.World(pathlib.Path(%r))
status = world.%s(there, sys.argv[1:])
there.save()
sys.exit(status)
"""
