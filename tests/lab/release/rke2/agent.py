"""`rke2 agent`: joins through a server, then keeps saying that the node lives to any server that answers."""

import itertools
import json
import socket
import time
from typing import Any

from . import kubelet
from .journal import Fatal, error, notify, pause, say, warn
from .settings import Settings, load, refuse_broken, write
from .token import Cluster, Refused, Token
from .version import COMMIT, VERSION

BEAT_S = 4.0
held: list[socket.socket] = []


def serve(argv: list[str]) -> None:
    """Run an agent until it is stopped; a refusal never ends it, as with the real one."""
    settings = load("agent", argv)
    say(f"Starting rke2 agent {VERSION} ({COMMIT})")
    refuse_broken(VERSION)
    cluster = _met(settings)
    servers = _config(settings, cluster)
    write(settings.data / "agent/server-ca.crt", cluster.ca, 0o644)
    _remember(settings, servers)
    kubelet.prepare(settings)
    kubelet.run(settings)
    _registered(settings, cluster)
    say(f"Annotations and labels have been set successfully on node: {settings.name}")
    say("rke2 agent is up and running")
    notify("READY=1")
    pause(0.5)
    _live(settings, cluster)


def _met(settings: Settings) -> Cluster:
    """Return the first server that can be trusted: the configured one, then those of an earlier start."""
    urls = list(dict.fromkeys([settings.one("server"), *(f"https://{_bracketed(a)}:9345" for a in _known(settings))]))
    shown = [url.removeprefix("https://") for url in urls]
    say(f"Running load balancer rke2-agent-load-balancer 127.0.0.1:6444 -> {shown} [default: {shown[0]}]")
    _hold_port(6444)
    for url in itertools.cycle(urls):
        try:
            return Cluster.meet(url, Token.parse(settings.one("token"), "node"))
        except Refused as wrong:
            error(f"Failed to validate connection to cluster at {url}: {wrong}")
        time.sleep(2)
    raise AssertionError


def _hold_port(port: int) -> None:
    """The real agent's balancer listens here; nothing asks the stand-in's, but the port is taken all the same."""
    try:
        held.append(socket.create_server(("127.0.0.1", port)))
    except OSError:
        raise Fatal(
            f"failed to start load balancer: listen tcp 127.0.0.1:{port}: bind: address already in use"
        ) from None


def _config(settings: Settings, cluster: Cluster) -> list[str]:
    while True:
        try:
            found: list[str] = cluster.ask("/v1-rke2/config")["servers"]
            return found
        except Refused as wrong:
            say(f"Waiting to retrieve agent configuration; server is not ready: {wrong}")
        time.sleep(5)


def _registered(settings: Settings, cluster: Cluster) -> None:
    while True:
        try:
            _send(settings, cluster, register=True)
            return
        except Refused as wrong:
            say(f"Waiting to retrieve agent configuration; server is not ready: {wrong}")
        time.sleep(3)


def _live(settings: Settings, cluster: Cluster) -> None:
    while True:
        try:
            answer = _send(settings, cluster)
            if answer["servers"] and answer["servers"] != _known(settings):
                _remember(settings, answer["servers"])
        except Refused as wrong:
            warn(f"Failed to update node status: {wrong}")
            cluster = _other(settings, cluster)
        time.sleep(BEAT_S)


def _send(settings: Settings, cluster: Cluster, *, register: bool = False) -> dict[str, Any]:
    headers = {"rke2-Node-Name": settings.name, "rke2-Node-Password": settings.password}
    body = kubelet.node(settings) if register else {"metadata": {"name": settings.name}}
    answer: dict[str, Any] = cluster.ask(
        "/v1-rke2/node", body, headers | ({"rke2-Register": "yes"} if register else {})
    )
    return answer


def _other(settings: Settings, cluster: Cluster) -> Cluster:
    """Return the way to the next server of the list, in turn."""
    urls = [f"https://{_bracketed(address)}:9345" for address in _known(settings)] or [settings.one("server")]
    place = urls.index(cluster.url) + 1 if cluster.url in urls else 0
    return Cluster(urls[place % len(urls)], cluster.token, cluster.ca)


def _remember(settings: Settings, servers: list[str]) -> None:
    path = settings.data / "agent/etc/rke2-agent-load-balancer.json"
    write(path, json.dumps({"ServerURL": settings.one("server"), "ServerAddresses": servers}))


def _known(settings: Settings) -> list[str]:
    path = settings.data / "agent/etc/rke2-agent-load-balancer.json"
    try:
        found: list[str] = json.loads(path.read_text())["ServerAddresses"]
    except (OSError, ValueError, KeyError):
        return []
    return found


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
