"""The supervisor on 9345: the door through which nodes join."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from . import encryption, kubelet, registry
from .etcd import Etcd, EtcdError
from .journal import error, say
from .settings import ROOT, Settings, write
from .tls import AUTHORITIES
from .web import Answer, Request

NOT_READY = "runtime core not ready"
CUT = ROOT / "etc/rke2-standin-cut"
"""Where a test wants the next rotation of the token to end in its middle."""
HOLD, HELD = ROOT / "etc/rke2-standin-hold", ROOT / "etc/rke2-standin-held"
"""Where a test wants it to stop in its middle, and where it stands until the test takes that away."""
HOLD_S = 60


@dataclass(slots=True)
class Supervisor:
    """Answers joining nodes; `ready` is set once this server's etcd votes."""

    settings: Settings
    password: str
    agent_password: str
    ready: bool = False

    @property
    def etcd(self) -> Etcd:
        return Etcd(self.settings.local, self.settings.tls)

    def route(self, request: Request) -> Any:
        """Return the body for one request; raises Answer."""
        path = urlsplit(request.path).path
        if path == "/ping":
            return "pong"
        if path == "/cacerts":
            return (self.settings.tls / "server-ca.crt").read_bytes()
        user = self._user(request)
        if not self.ready:
            error(f"Sending HTTP 503 response to {':'.join(map(str, request.client_address[:2]))}: {NOT_READY}")
            raise Answer(503, NOT_READY)
        try:
            return self._answer(request, path, user)
        except EtcdError as wrong:
            raise Answer(503, f"etcdserver: request timed out ({wrong})") from None
        except registry.PasswordRejected as wrong:
            raise Answer(403, str(wrong)) from None

    def _user(self, request: Request) -> str:
        """Return server or node; the server's password opens all, the agents' not the bootstrap data."""
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(text).decode().partition(":")
        except ValueError:
            name, password = "", ""
        known = {"server": [self.password], "node": [self.agent_password, self.password]}.get(name, [])
        if kind != "Basic" or not any(hmac.compare_digest(password.encode(), each.encode()) for each in known):
            raise Answer(401, "Unauthorized")
        return name

    def _answer(self, request: Request, path: str, user: str) -> Any:
        if path == "/v1-rke2/readyz":
            self.etcd.ready()
            return "ok"
        if path == "/v1-rke2/config":
            return {"critical": critical(self.settings, self.agent_password), "servers": self._servers()}
        if path == "/v1-rke2/node":
            return self._node(request)
        if user != "server":
            raise Answer(401, "Unauthorized")
        if path == "/v1-rke2/server-bootstrap":
            return authorities(self.settings)
        if path == "/v1-rke2/encrypt/status":
            return encryption.status(self.settings, self.etcd)
        if path == "/v1-rke2/encrypt/config" and request.command == "PUT":
            return encryption.rotate(self.settings, self.etcd)
        if path == "/v1-rke2/token":
            if request.command != "PUT":
                raise Answer(405, "method not allowed")
            return self._rotate(str(request.read()["newToken"]))
        if path == "/db/info":
            return [url for each in self.etcd.members() for url in each.get("clientURLs", ())]
        raise Answer(404, "404 page not found")

    def _rotate(self, new: str) -> str:
        """Let the new token in from now on, then seal the bootstrap data by it: cut between, only the first is done.

        As the real one, it asks for data sealed by the former token alone, and saves only over data sealed by the new.
        """
        old, self.password = self.password, new
        digest = hashlib.sha256((self.settings.tls / "server-ca.crt").read_bytes()).hexdigest()
        write(self.settings.data / "server/token", f"K10{digest}::server:{new}\n")
        # For trials that cut it here.
        if CUT.exists():
            CUT.unlink()
            raise Answer(500, "token error ID 10001")
        if HOLD.exists():
            HOLD.rename(HELD)
            end = time.monotonic() + HOLD_S
            while HELD.exists() and time.monotonic() < end:
                time.sleep(0.1)
        if not registry.reseal(self.etcd, old, new):
            raise Answer(500, "token error ID 10002")
        say("Saving cluster bootstrap data to datastore")
        return ""

    def _servers(self) -> list[str]:
        """Return the addresses of all servers: agents remember them for when this one is gone."""
        found = []
        for node in registry.nodes(self.etcd):
            if "node-role.kubernetes.io/control-plane" in node["metadata"]["labels"]:
                found.append(node["status"]["addresses"][0]["address"])
        return found

    def _node(self, request: Request) -> dict[str, Any]:
        """Register an agent or take its heartbeat."""
        sent = request.read()
        name = sent["metadata"]["name"]
        password = request.headers.get("rke2-Node-Password", "")
        if request.headers.get("rke2-Register"):
            registry.register(self.etcd, sent, password)
        else:
            registry.verify_password(self.etcd, name, password)
        return {"known": mark_alive(self.etcd, name), "servers": self._servers()}


def mark_alive(etcd: Etcd, name: str, *, votes: bool | None = None) -> bool:
    """Take one heartbeat and bring the node's conditions up to date; False when the node was deleted."""
    if not registry.beat(etcd, name):
        return False
    text = etcd.get(registry.NODES + name)
    node = json.loads(text or "{}")
    before = {each["type"]: each["status"] for each in node["status"]["conditions"]}
    wanted = {"Ready": True} | ({} if votes is None else {"EtcdIsVoter": votes})
    if all(before.get(kind) == str(true) for kind, true in wanted.items()):
        return True
    for kind, true in wanted.items():
        kubelet.set_condition(node, kind, true=true, reason="KubeletReady" if kind == "Ready" else "MemberNotLearner")
    registry.save(etcd, node)
    return True


def critical(settings: Settings, agent_password: str) -> dict[str, str]:
    """Return what must be equal on all servers; the agents' password only as a digest."""
    digest = hmac.new(b"agent-token", agent_password.encode(), "sha256").hexdigest()
    return settings.critical | {"agent-token": digest}


def authorities(settings: Settings) -> dict[str, str]:
    """Return each file of the cluster's CAs, by its path under server/tls."""
    names = [f"{name}.{end}" for name in AUTHORITIES for end in ("crt", "key")]
    return {name: (settings.tls / name).read_text() for name in names}
