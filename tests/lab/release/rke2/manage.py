"""kubectl over objects of any kind: get, apply, create, delete, patch, rollout restart, logs, config view."""

import json
import sys
import time
from typing import Any

from .jsonpath import BadTemplate, render
from .kinds import Kind, named
from .rest import KINDS

Flags = dict[str, str]


class Failed(Exception):
    """Ends with exit status 1 and this line on stderr."""


class Door:
    """What asks the API server: `ask(method, path, body, kind of body)`; raises Failed in kubectl's words."""

    def __init__(self, ask: Any, flags: Flags) -> None:
        self.ask, self.flags = ask, flags

    @property
    def namespace(self) -> str:
        return self.flags.get("namespace", "default")

    def kinds(self) -> list[Kind]:
        """Return what the server says that it knows."""
        return [Kind(*each) for each in self.ask("GET", KINDS)]

    def kind(self, word: str) -> Kind:
        """Return the kind that a word means."""
        found = named(self.kinds(), word)
        if found is None:
            raise Failed(f'error: the server doesn\'t have a resource type "{word}"')
        return found


def get(door: Door, word: str, names: list[str]) -> str:
    """kubectl get KIND [NAME...]."""
    word, _, name = word.partition("/")
    kind, flags = door.kind(word), door.flags
    space = "" if "all-namespaces" in flags else door.namespace
    if names := names or ([name] if name else []):
        found = [each for each in (_one(door, kind, name) for name in names) if each]
        data = found[0] if len(found) == 1 else {"kind": "List", "apiVersion": "v1", "items": found}
    else:
        selector = f"?labelSelector={_quoted(flags['selector'])}" if flags.get("selector") else ""
        data = door.ask("GET", kind.path(space) + selector)
        found = data["items"]
    if names and not found:
        return ""
    text = printed(kind.full, found, data, flags.get("output", ""))
    return _table(found, flags.get("label-columns", "")) if text is None else text


def _one(door: Door, kind: Kind, name: str) -> Any:
    try:
        return door.ask("GET", kind.path(door.namespace, name))
    except Failed as wrong:
        if "(NotFound)" in str(wrong) and "ignore-not-found" in door.flags:
            return None
        raise


def printed(full: str, found: list[Any], data: Any, output: str) -> str | None:
    """Return objects in a form that programs read; None where a table is asked for."""
    if output == "json":
        return json.dumps(data, indent=4) + "\n"
    if output == "name":
        return "".join(f"{full}/{each['metadata']['name']}\n" for each in found)
    if output.startswith("jsonpath="):
        try:
            return render(output.removeprefix("jsonpath="), data)
        except BadTemplate as wrong:
            raise Failed(f"error: error parsing jsonpath {output[9:]}, {wrong}") from None
    return None


def _table(found: list[Any], labels: str) -> str:
    """As kubectl prints it, but for columns that nobody here reads; with `labels` the rows of Secrets of all spaces."""
    if labels:
        return "".join(f"{'   '.join(_labelled(each, labels.split(',')))}\n" for each in found)
    return "".join(f"{each['metadata']['name']}\n" for each in found) or "No resources found\n"


def _labelled(secret: dict[str, Any], labels: list[str]) -> list[str]:
    meta = secret["metadata"]
    own = [meta.get("labels", {}).get(name, "") for name in labels]
    return [
        meta["namespace"],
        meta["name"],
        secret.get("type") or "Opaque",
        str(len(secret.get("data", {}))),
        "3h",
        *own,
    ]


def apply(door: Door) -> str:
    """kubectl apply --server-side -f -: JSON or YAML on stdin."""
    kinds, told = door.kinds(), ""
    dry = "&dryRun=All" if door.flags.get("dry-run") == "server" else ""
    for each in _documents():
        kind = next((k for k in kinds if (k.version, k.name) == (each["apiVersion"], each["kind"])), None)
        if kind is None:
            raise Failed(
                f'error: resource mapping not found for name: "{each["metadata"]["name"]}" from "STDIN": '
                f'no matches for kind "{each["kind"]}" in version "{each["apiVersion"]}"\n'
                "ensure CRDs are installed first"
            )
        space, name = each["metadata"].get("namespace", door.namespace), each["metadata"]["name"]
        path = f"{kind.path(space, name)}?fieldManager={door.flags.get('field-manager', 'kubectl')}{dry}"
        door.ask("PATCH", path, each, "application/apply-patch+yaml")
        told += f"{kind.full}/{name} serverside-applied{' (server dry run)' if dry else ''}\n"
    return told


def create_namespace(door: Door, name: str) -> str:
    """kubectl create namespace NAME."""
    dry = "?dryRun=All" if door.flags.get("dry-run") == "server" else ""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    door.ask("POST", f"/api/v1/namespaces{dry}", body)
    return f"namespace/{name}\n" if door.flags.get("output") == "name" else f"namespace/{name} created\n"


def delete(door: Door, word: str, names: list[str]) -> str:
    """kubectl delete KIND NAME..., or KIND/NAME."""
    word, _, name = word.partition("/")
    kind, told = door.kind(word), ""
    for each in names or [name]:
        try:
            door.ask("DELETE", kind.path(door.namespace, each))
        except Failed as wrong:
            if "(NotFound)" in str(wrong) and "ignore-not-found" in door.flags:
                continue
            raise
        told += f'{kind.full} "{each}" deleted\n'
    return told


def restart(door: Door, target: str) -> str:
    """kubectl rollout restart KIND/NAME."""
    word, _, name = target.partition("/")
    kind = door.kind(word)
    stamp = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": str(time.time())}}}
    door.ask("PATCH", kind.path(door.namespace, name), {"spec": {"template": stamp}}, "application/merge-patch+json")
    return f"{kind.full}/{name} restarted\n"


def logs(door: Door, target: str) -> str:
    """kubectl logs KIND/NAME: what the stand-in of its controller noted there."""
    word, _, name = target.partition("/")
    there = door.ask("GET", door.kind(word).path(door.namespace, name))
    return str((there["metadata"].get("annotations") or {}).get("standin/log", ""))


def config_view(config: dict[str, str]) -> str:
    """kubectl config view --raw --minify -o json."""
    shown = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "default",
        "clusters": [{"name": "default", "cluster": _keys(config, "server", "certificate-authority-data")}],
        "users": [{"name": "default", "user": _keys(config, "client-certificate-data", "client-key-data")}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
    }
    return json.dumps(shown, indent=4) + "\n"


def _keys(config: dict[str, str], *names: str) -> dict[str, str]:
    return {name: config[name] for name in names}


def _documents() -> list[Any]:
    text = sys.stdin.read()
    if text.lstrip().startswith("{"):
        found = [json.loads(text)]
    else:
        import yaml

        found = [each for each in yaml.safe_load_all(text) if each]
    return [item for each in found for item in (each["items"] if each["kind"] == "List" else [each])]


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text)
