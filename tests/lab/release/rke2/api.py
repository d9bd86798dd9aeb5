"""The API server's stand-in on 6443: nodes, health and objects, for callers with a certificate of the cluster."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import registry, rest
from .etcd import Etcd, EtcdError
from .journal import Fatal, error
from .objects import Objects
from .settings import load
from .tls import serving
from .version import VERSION
from .web import Answer, Listener, Request

NODES = "/api/v1/nodes"
METRICS = Path("/etc/rke2-standin-metrics")
CHECKS = ("ping", "log", "etcd", "informer-sync", "poststarthook/start-apiextensions-controllers", "shutdown")


class Api:
    """Answers requests from what etcd holds: without quorum it can not."""

    def __init__(self, etcd: Etcd) -> None:
        self.etcd = etcd
        self.objects = Objects(etcd)

    def route(self, request: Request) -> Any:
        """Return the body for one request; raises Answer with a Status object for all else."""
        if not request.certified:
            raise _status(401, "Unauthorized")
        path = urlsplit(request.path).path.rstrip("/")
        try:
            return self._answer(request, path)
        except EtcdError as wrong:
            raise _status(500, f"etcdserver: request timed out ({wrong})") from None

    def _answer(self, request: Request, path: str) -> Any:
        url = urlsplit(request.path)
        if path in ("/readyz", "/livez", "/healthz"):
            return self._health(path, verbose="verbose" in url.query)
        if path == "/version":
            major, minor = VERSION.removeprefix("v").split(".")[:2]
            return {"major": major, "minor": minor, "gitVersion": VERSION, "platform": "linux/amd64"}
        if path == "/metrics":
            # What a test wants this server to have counted.
            return METRICS.read_text() if METRICS.exists() else ""
        if path == NODES:
            return {"kind": "NodeList", "apiVersion": "v1", "items": registry.nodes(self.etcd)}
        if path.startswith(f"{NODES}/"):
            return self._node(request, path.removeprefix(f"{NODES}/"))
        name = path.rpartition("/")[2]
        if name.endswith(".node-password.rke2") and request.command == "DELETE":
            if not self.etcd.delete(registry.PASSWORDS + name):
                raise _status(404, f'secrets "{name}" not found')
            return {"kind": "Status", "status": "Success"}
        if path.startswith("/openapi/v3"):
            return rest.schema(self.objects.kinds(), path)
        return rest.answer(self.objects, request, url)

    def _health(self, path: str, *, verbose: bool) -> str:
        try:
            self.etcd.ready()
            well = True
        except EtcdError:
            well = False
        marks = [f"[{'-' if each == 'etcd' and not well else '+'}]{each}" for each in CHECKS]
        lines = [f"{mark} {'ok' if mark[1] == '+' else 'failed: reason withheld'}" for mark in marks]
        if not well:
            raise Answer(500, "\n".join([*lines, f"{path[1:]} check failed", ""]))
        return "\n".join([*lines, f"{path[1:]} check passed", ""]) if verbose else "ok"

    def _node(self, request: Request, name: str) -> Any:
        node = next((each for each in registry.nodes(self.etcd) if each["metadata"]["name"] == name), None)
        if node is None:
            raise _status(404, f'nodes "{name}" not found')
        if request.command == "DELETE":
            registry.forget(self.etcd, name)
            return {"kind": "Status", "status": "Success"}
        if request.command == "PATCH":
            patch = request.read()
            for part in ("spec", "metadata"):
                _merge(node.setdefault(part, {}), patch.get(part, {}))
            registry.save(self.etcd, node)
        return node


def serve(argv: list[str]) -> None:
    """Run until stopped; the pod that `rke2 server` starts and leaves running."""
    settings = load("server", argv)
    api = Api(Etcd(settings.local, settings.tls))
    context = serving(
        settings.tls / "serving-kube-apiserver.crt",
        settings.tls / "serving-kube-apiserver.key",
        clients=settings.tls / "client-ca.crt",
    )
    try:
        listener = Listener(settings.one("bind-address", "0.0.0.0"), 6443, context, api.route)
    except Fatal as wrong:
        error(str(wrong))
        sys.exit(1)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=listener.shutdown).start())
    listener.serve_forever()


def _merge(old: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if value is None:
            old.pop(key, None)
        elif isinstance(value, dict):
            _merge(old.setdefault(key, {}), value)
        else:
            old[key] = value


def _status(code: int, message: str) -> Answer:
    reason = {401: "Unauthorized", 404: "NotFound"}.get(code, "InternalError")
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}
    return Answer(code, body | {"reason": reason, "code": code})
