"""The part of kubectl that an installer and its tests use: nodes, health, cordon, drain; the rest is in `manage`."""

import base64
import http.client
import json
import os
import re
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import manage
from .manage import Door, Failed
from .settings import CONFIG_DIR
from .table import nodes_table
from .version import VERSION

BLOCKED = "standin/blocked-by"
BUDGET = "Cannot evict pod as it would violate the pod's disruption budget."
NODE_WORDS = ("node", "nodes", "no")
BARE = (
    "wide",
    "ignore-daemonsets",
    "delete-emptydir-data",
    "force",
    "no-headers",
    "all-namespaces",
    "disable-eviction",
    "ignore-not-found",
    "server-side",
    "force-conflicts",
    "minify",
)


def main(argv: list[str]) -> int:
    """Run one command; returns the exit status."""
    words, flags = _parse(argv)
    try:
        sys.stdout.write(_run(words, flags))
    except Failed as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    return 0


def _parse(argv: list[str]) -> tuple[list[str], dict[str, str]]:
    words: list[str] = []
    flags: dict[str, str] = {}
    rest = iter(argv)
    for word in rest:
        if word == "-A":
            flags["all-namespaces"] = "true"
        elif re.fullmatch(r"-[onlf]", word):
            flags[{"-o": "output", "-n": "namespace", "-l": "selector", "-f": "filename"}[word]] = next(rest, "")
        elif re.match(r"-[on].", word):
            flags["output" if word[1] == "o" else "namespace"] = word[2:].removeprefix("=")
        elif word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            bare = key in BARE or (key == "raw" and words[:1] == ["config"])
            flags[key] = value if equals else "true" if bare else next(rest, "")
        else:
            words.append(word)
    return words, flags


def _run(words: list[str], flags: dict[str, str]) -> str:
    match words:
        case ["get"] if "raw" in flags:
            return _text(flags, "GET", flags["raw"])
        case ["get", kind, *names] if kind in NODE_WORDS:
            return _get_nodes(names, flags)
        case ["config", "view"]:
            return manage.config_view(_kubeconfig(flags))
        case ["cordon" | "uncordon" as verb, *names] if names:
            return "".join(_cordon(flags, name.removeprefix("node/"), cordon=verb == "cordon") for name in names)
        case ["drain", *names] if names:
            return "".join(_drain(flags, name) for name in names)
        case ["patch", kind, name] if kind in NODE_WORDS and "patch" in flags:
            _ask(flags, "PATCH", f"/api/v1/nodes/{name}", json.loads(flags["patch"]))
            return f"node/{name} patched\n"
        case ["label" | "annotate" as verb, kind, *gone] if kind in NODE_WORDS and "selector" in flags:
            return _without(flags, f"{verb}s".replace("annotates", "annotations"), [each[:-1] for each in gone])
        case ["delete", kind, *names] if kind in NODE_WORDS and names:
            return "".join(_delete(flags, f"/api/v1/nodes/{name}", f'node "{name}"') for name in names)
        case ["version"]:
            server = json.loads(_text(flags, "GET", "/version"))["gitVersion"]
            return f"Client Version: {VERSION}\nServer Version: {server}\n"
    return _of_objects(words, flags)


def _of_objects(words: list[str], flags: dict[str, str]) -> str:
    door = Door(lambda method, path, body=None, sent="": _ask(flags, method, path, body, sent), flags)
    match words:
        case ["get", kind, *names]:
            return manage.get(door, kind, names)
        case ["apply"]:
            return manage.apply(door)
        case ["create", "namespace", name]:
            return manage.create_namespace(door, name)
        case ["delete", kind, *names]:
            return manage.delete(door, kind, names)
        case ["rollout", "restart", target]:
            return manage.restart(door, target)
        case ["logs", target]:
            return manage.logs(door, target)
    raise Failed(f'error: unknown command "{" ".join(words)}" for "kubectl"')


def _get_nodes(names: list[str], flags: dict[str, str]) -> str:
    if names:
        found = [_ask(flags, "GET", f"/api/v1/nodes/{name}") for name in names]
        data = found[0] if len(found) == 1 else {"kind": "List", "apiVersion": "v1", "items": found}
    else:
        data = _ask(flags, "GET", "/api/v1/nodes")
        found = [each for each in data["items"] if _selected(each, flags.get("selector", ""))]
        data["items"] = found
    output = flags.get("output", "")
    text = manage.printed("node", found, data, output)
    if text is not None:
        return text
    if output not in ("", "wide"):
        raise Failed(f'error: unable to match a printer suitable for the output format "{output}"')
    if not found:
        return "No resources found\n"
    return nodes_table(found, wide=output == "wide", header="no-headers" not in flags)


def _selected(node: dict[str, Any], selector: str) -> bool:
    labels = node["metadata"]["labels"]
    pairs = [each.replace("==", "=").partition("=") for each in selector.split(",") if each]
    return all(key in labels and (not equals or labels[key] == value) for key, equals, value in pairs)


def _without(flags: dict[str, str], part: str, keys: list[str]) -> str:
    """Take labels or annotations off all nodes that a selector takes: KEY- is what kubectl is told."""
    told = ""
    for node in _ask(flags, "GET", "/api/v1/nodes")["items"]:
        if _selected(node, flags["selector"]):
            name = node["metadata"]["name"]
            _ask(flags, "PATCH", f"/api/v1/nodes/{name}", {"metadata": {part: dict.fromkeys(keys)}})
            told += f"node/{name} unlabeled\n"
    return told


def _cordon(flags: dict[str, str], name: str, *, cordon: bool) -> str:
    node = _ask(flags, "GET", f"/api/v1/nodes/{name}")
    done = "cordoned" if cordon else "uncordoned"
    if bool(node["spec"].get("unschedulable")) == cordon:
        return f"node/{name} already {done}\n"
    _ask(flags, "PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True if cordon else None}})
    return f"node/{name} {done}\n"


def _drain(flags: dict[str, str], name: str) -> str:
    """Empty a node, unless its annotation `standin/blocked-by` names a pod that a budget protects."""
    said = _cordon(flags, name, cordon=True)
    deadline = time.monotonic() + float(flags.get("timeout", "0").rstrip("s") or 0)
    while pod := _ask(flags, "GET", f"/api/v1/nodes/{name}")["metadata"]["annotations"].get(BLOCKED):
        room, _, pod = pod.partition("/")
        sys.stdout.write(said + f'error when evicting pods/"{pod}" -n "{room}" (will retry after 5s): {BUDGET}\n')
        sys.stdout.flush()
        if time.monotonic() + 5 > deadline:
            left = f'error when evicting pods/"{pod}" -n "{room}": global timeout reached: {flags.get("timeout")}'
            raise Failed(f'error: unable to drain node "{name}" due to error: {left}, continuing command...')
        said = ""
        time.sleep(5)
    return said + f"node/{name} drained\n"


def _delete(flags: dict[str, str], path: str, shown: str) -> str:
    try:
        _ask(flags, "DELETE", path)
    except Failed as wrong:
        if "ignore-not-found" in flags and "(NotFound)" in str(wrong):
            return ""
        raise
    return f"{shown} deleted\n"


def _ask(flags: dict[str, str], method: str, path: str, body: Any = None, sent: str = "") -> Any:
    return json.loads(_text(flags, method, path, body, sent))


def _text(flags: dict[str, str], method: str, path: str, body: Any = None, sent: str = "") -> str:
    """Send one request with the kubeconfig's certificate; raises Failed in kubectl's words."""
    config = _kubeconfig(flags)
    where = urlsplit(flags.get("server") or config["server"])
    seconds = float(flags.get("request-timeout", "0").rstrip("s") or 0) or 32.0
    line = http.client.HTTPSConnection(
        where.hostname or "", where.port or 443, timeout=seconds, context=_context(config)
    )
    try:
        headers = {"Content-Type": sent or "application/merge-patch+json"}
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        text = answer.read().decode()
    except TimeoutError:
        raise Failed(
            "Unable to connect to the server: net/http: request canceled "
            "(Client.Timeout exceeded while awaiting headers)"
        ) from None
    except ConnectionRefusedError:
        raise Failed(
            f"The connection to the server {where.netloc} was refused - did you specify the right host or port?"
        ) from None
    except ssl.SSLError as wrong:
        raise Failed(f"Unable to connect to the server: tls: failed to verify certificate: x509: {wrong}") from None
    except (OSError, http.client.HTTPException) as wrong:
        raise Failed(f"Unable to connect to the server: dial tcp {where.netloc}: {wrong}") from None
    finally:
        line.close()
    if answer.status != 200:
        raise Failed(_refusal(text))
    return text


def _refusal(text: str) -> str:
    try:
        status = json.loads(text)
    except ValueError:
        return text.rstrip("\n")
    if status.get("reason") == "Unauthorized":
        return "error: You must be logged in to the server (Unauthorized)"
    reason = f" ({status['reason']})" if status.get("reason") in ("NotFound", "AlreadyExists", "InternalError") else ""
    return f"Error from server{reason}: {status.get('message', '')}"


def _kubeconfig(flags: dict[str, str]) -> dict[str, str]:
    """Return the wanted values of a kubeconfig with one cluster and one user, whatever their order."""
    path = Path(flags.get("kubeconfig") or os.environ.get("KUBECONFIG") or CONFIG_DIR / "rke2.yaml")
    try:
        text = path.read_text()
    except OSError as wrong:
        raise Failed(f"error: stat {path}: {(wrong.strerror or '').lower()}") from None
    if text.startswith("{"):
        config = json.loads(text)
        found = dict(config["clusters"][0]["cluster"]) | config["users"][0]["user"]
    else:
        found = dict(_pair(line) for line in text.splitlines())
    wanted = ("server", "certificate-authority-data", "client-certificate-data", "client-key-data")
    if any(not found.get(key) for key in wanted):
        raise Failed("error: invalid configuration: no configuration has been provided")
    return found


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.strip().removeprefix("- ").partition(": ")
    return key, value.strip().strip("\"'")


def _context(config: dict[str, str]) -> ssl.SSLContext:
    """The standard library reads a client's certificate and key from a file only."""
    pem = {key: base64.b64decode(config[key]) for key in config if key.endswith("-data")}
    context = ssl.create_default_context(cadata=pem["certificate-authority-data"].decode())
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem["client-certificate-data"] + b"\n" + pem["client-key-data"])
        file.flush()
        context.load_cert_chain(file.name)
    return context
