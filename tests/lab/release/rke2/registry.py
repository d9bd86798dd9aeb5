"""What the cluster knows, kept in etcd: nodes, their heartbeats and passwords, the bootstrap data."""

import hashlib
import json
import os
import subprocess
import time
from typing import Any

from .etcd import Etcd

NODES, BEATS, PASSWORDS, BOOTSTRAP = "/registry/minions/", "/registry/leases/", "/registry/secrets/", "/bootstrap/"
LEAVING = "/standin/leaving/"
GRACE_S = 20
"""A node not heard of for so long is NotReady; the real grace is 50 s, too long for a test."""
REJECTED = (
    "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server "
    "node-passwd entry, try enabling a unique node name with the --with-node-id flag"
)


class PasswordRejected(Exception):
    """A node of this name was here with another password."""


def register(etcd: Etcd, node: dict[str, Any], password: str | None) -> None:
    """Add a node or bring its entry up to date, keeping what only the cluster decides; raises PasswordRejected.

    Without a password none is asked for.
    """
    name = node["metadata"]["name"]
    if password is not None:
        verify_password(etcd, name, password)
    old = json.loads(etcd.get(NODES + name) or "{}")
    if old:
        node["metadata"]["creationTimestamp"] = old["metadata"]["creationTimestamp"]
        for kept in ("labels", "annotations"):
            node["metadata"][kept] = old["metadata"].get(kept, {}) | node["metadata"].get(kept, {})
        node["spec"] = old["spec"]
    if not old or old != node:
        etcd.put(NODES + name, json.dumps(node))


def verify_password(etcd: Etcd, name: str, password: str) -> None:
    digest = hashlib.sha256(f"{name}:{password}".encode()).hexdigest()
    key = f"{PASSWORDS}{name}.node-password.rke2"
    known = etcd.get(key)
    if known is None and not etcd.put_new(key, digest):
        known = etcd.get(key)
    if known not in (None, digest):
        raise PasswordRejected(REJECTED)


def beat(etcd: Etcd, name: str) -> bool:
    """Say that the node lives; False when it is no longer registered."""
    if etcd.get(NODES + name) is None:
        return False
    etcd.put(BEATS + name, now(), ttl_s=GRACE_S)
    return True


def nodes(etcd: Etcd) -> list[dict[str, Any]]:
    """Return all nodes as the API shows them; one without a heartbeat has Ready=Unknown."""
    alive = etcd.under(BEATS)
    found = [json.loads(text) for text in etcd.under(NODES).values()]
    for node in found:
        if BEATS + node["metadata"]["name"] not in alive:
            for each in node["status"]["conditions"]:
                if each["type"] == "Ready":
                    each |= {"status": "Unknown", "reason": "NodeStatusUnknown"}
    return found


def save(etcd: Etcd, node: dict[str, Any]) -> None:
    etcd.put(NODES + node["metadata"]["name"], json.dumps(node))


def forget(etcd: Etcd, name: str) -> bool:
    """Delete a node with its password and, for a server, its etcd member; False when there is none."""
    if not etcd.delete(NODES + name):
        return False
    etcd.delete(BEATS + name)
    etcd.delete(f"{PASSWORDS}{name}.node-password.rke2")
    for member in etcd.members():
        if member.get("name", "").rpartition("-")[0] == name:
            etcd.put(LEAVING + member["ID"], member["name"])
    return True


def remove_leaving(etcd: Etcd) -> list[str]:
    """Take deleted servers out of etcd and return their names; one that etcd will not let go yet is tried again."""
    removed = []
    for key, name in etcd.under(LEAVING).items():
        member = key.removeprefix(LEAVING)
        if any(each["ID"] == member for each in etcd.members()):
            etcd.ask("cluster/member/remove", ID=member)
            removed.append(name)
        etcd.delete(key)
    return removed


def seal(files: dict[str, str], token: str) -> str:
    """Return the CA files encrypted by the token's password: a snapshot alone opens nothing."""
    return _crypt(json.dumps(files), token, "-e")


def unseal(text: str, token: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(_crypt(text, token, "-d"))
    return found


def reseal(etcd: Etcd, old: str, new: str) -> bool:
    """Move the bootstrap data from one token to another; False when in the end none is sealed by the new one."""
    known = etcd.under(BOOTSTRAP)
    if old != new and bootstrap_key(old) in known:
        etcd.put_new(bootstrap_key(new), seal(unseal(known[bootstrap_key(old)], old), new))
        etcd.delete(bootstrap_key(old))
    return list(etcd.under(BOOTSTRAP)) == [bootstrap_key(new)]


def bootstrap_key(token: str) -> str:
    return BOOTSTRAP + hashlib.sha256(token.encode()).hexdigest()[:12]


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _crypt(text: str, token: str, way: str) -> str:
    readable, writable = os.pipe()
    os.write(writable, token.encode())
    os.close(writable)
    argv = ["openssl", "enc", way, "-aes-256-cbc", "-pbkdf2", "-a", "-pass", f"fd:{readable}"]
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, pass_fds=(readable,))
    finally:
        os.close(readable)
    if done.returncode:
        raise ValueError("bootstrap data can not be decrypted")
    return done.stdout
