"""`rke2 secrets-encrypt status|rotate-keys`, and the server's side of it: names, stages and hashes; nothing is sealed.

As with the real one: the keys are a file of each server, equal to the datastore's after a start; each server's node
bears STAGE-HASH of the file it started with; new keys are made on one server, and the others take them at a start.
"""

import base64
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from . import registry
from .etcd import Etcd, EtcdError
from .journal import Fatal, say
from .settings import Settings, load, write
from .token import Cluster, Refused, Token
from .web import Answer

KEPT = "/standin/encryption"
ANNOTATION = "rke2.io/encryption-config-hash"
STARTED, ACTIVE, FINISHED = "start", "reencrypt_active", "reencrypt_finished"
RESEAL_S = 2.0


def main(argv: list[str]) -> int:
    """Run one command against this server's own supervisor; returns the exit status."""
    settings = load("server", [])
    try:
        token = Token.parse((settings.data / "server/token").read_text().strip(), "server")
        cluster = Cluster.meet(f"https://{settings.local}:9345", token)
        match argv:
            case ["status", "--output", "json"]:
                sys.stdout.write(json.dumps(cluster.ask("/v1-rke2/encrypt/status"), indent="\t") + "\n")
            case ["rotate-keys"]:
                cluster.put("/v1-rke2/encrypt/config", {"stage": "rotate_keys"})
                sys.stdout.write("keys rotated, reencryption started\n")
            case _:
                sys.stderr.write("usage: rke2 secrets-encrypt status --output json | rotate-keys\n")
                return 1
    except (OSError, Refused, Fatal) as wrong:
        sys.stderr.write(f"FATA[0000] see server log for details: {wrong}\n")
        return 1
    return 0


def start(settings: Settings, etcd: Etcd) -> None:
    """Take the datastore's keys, made by the first server that starts, and note on this node which they are."""
    kept = etcd.get(KEPT)
    if kept is None:
        text = _text([_key("aescbckey")])
        etcd.put_new(KEPT, json.dumps({"file": text, "stage": STARTED}))
        kept = etcd.get(KEPT) or ""
    found = json.loads(kept)
    if not _path(settings).exists() or _path(settings).read_text() != found["file"]:
        write(_path(settings), found["file"])
    _annotate(settings, etcd, found["stage"])


def status(settings: Settings, etcd: Etcd) -> dict[str, Any]:
    """Return what the supervisor answers at /v1-rke2/encrypt/status."""
    if not _path(settings).exists():
        raise Answer(500, "runtime core not ready")
    names = [f"AES-CBC {each['name']}" for each in _keys(settings)]
    marks = _marks(etcd)
    differing = [name for name, mark in marks.items() if mark != next(iter(marks.values()))]
    found = {"stage": marks.get(settings.name, "-").partition("-")[0], "activekey": names[0], "enable": True}
    if len(names) > 1:
        found["inactivekeys"] = names[1:]
    if differing:
        return found | {"hasherror": f"hash does not match between {next(iter(marks))} and {differing[0]}"}
    return found | {"hashmatch": True}


def rotate(settings: Settings, etcd: Etcd) -> str:
    """Make a new key, seal all by it, and forget the old one; raises Answer where the stage does not allow it."""
    found = status(settings, etcd)
    if "hasherror" in found:
        raise Answer(400, f"secret-encrypt error: {found['hasherror']}")
    if found["stage"] not in (STARTED, FINISHED):
        raise Answer(400, f"secret-encrypt error: incorrect stage: {found['stage']} found on node {settings.name}")
    old = _keys(settings)
    _annotate(settings, etcd, ACTIVE)
    new = _key(f"aescbckey-{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}")
    write(_path(settings), _text([new, *old]))
    say("Adding secrets-encryption key")
    time.sleep(RESEAL_S)
    write(_path(settings), _text([new]))
    _annotate(settings, etcd, FINISHED)
    etcd.put(KEPT, json.dumps({"file": _path(settings).read_text(), "stage": FINISHED}))
    return ""


def _key(name: str) -> dict[str, str]:
    return {"name": name, "secret": base64.b64encode(os.urandom(32)).decode()}


def _text(keys: list[dict[str, str]]) -> str:
    providers = [{"aescbc": {"keys": keys}}, {"identity": {}}]
    resources = [{"resources": ["secrets"], "providers": providers}]
    return json.dumps(
        {"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": resources}
    )


def _keys(settings: Settings) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(_path(settings).read_text())["resources"][0]["providers"][0]["aescbc"][
        "keys"
    ]
    return found


def _path(settings: Settings) -> Path:
    return settings.data / "server/cred/encryption-config.json"


def _marks(etcd: Etcd) -> dict[str, str]:
    nodes = registry.nodes(etcd)
    marks = {each["metadata"]["name"]: each["metadata"].get("annotations", {}).get(ANNOTATION, "") for each in nodes}
    return {name: mark for name, mark in marks.items() if mark}


def _annotate(settings: Settings, etcd: Etcd, stage: str) -> None:
    text = etcd.get(registry.NODES + settings.name)
    if text is None:
        raise EtcdError(f"node {settings.name} is not registered")
    node = json.loads(text)
    digest = hashlib.sha256(_path(settings).read_bytes()).hexdigest()
    node["metadata"].setdefault("annotations", {})[ANNOTATION] = f"{stage}-{digest}"
    registry.save(etcd, node)
