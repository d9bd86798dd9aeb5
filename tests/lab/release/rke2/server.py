"""`rke2 server`: the order of a start, from the first line to READY, and the loop after it."""

import base64
import hashlib
import secrets
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

from . import deploy, encryption, kubelet, pods, registry, tls
from .etcd import EtcdError
from .journal import Fatal, notify, pause, say, warn
from .membership import Place
from .reset import NO_RESET, flag, reset
from .settings import CONFIG_DIR, Settings, load, refuse_broken, write
from .supervisor import Supervisor, authorities, critical, mark_alive
from .token import Cluster, Refused, Token
from .version import COMMIT, VERSION
from .web import Listener

BEAT_S = 3.0
PREPARING = "starting kubernetes: preparing server: "


def serve(argv: list[str]) -> None:
    """Run a server until it is stopped; raises Fatal for what a restart might mend."""
    settings = load("server", argv)
    if settings.yes("cluster-reset"):
        reset(settings)
        return
    if settings.one("cluster-reset-restore-path"):
        raise Fatal(NO_RESET)
    warn("not running in CIS mode")
    say(f"Starting rke2 {VERSION} ({COMMIT})")
    refuse_broken(VERSION)
    flag(settings).unlink(missing_ok=True)
    place = Place(settings)
    password, members = _credentials(settings, place)
    agent_password = Token.parse(settings.one("agent-token", password), "node").password
    _leaves(settings)
    _token_files(settings, password, agent_password)
    supervisor = Supervisor(settings, password, agent_password)
    _listen(settings, supervisor)
    _kubeconfig(settings)
    kubelet.prepare(settings)
    _start_etcd(place, members)
    kubelet.run(settings)
    say("Waiting for API server to become available")
    _start_api(settings)
    place.wait()
    _bootstrap(settings, password)
    supervisor.ready = True
    _register(settings, place)
    encryption.start(settings, place.etcd)
    _await_api(settings)
    say("ETCD server is now running")
    say("rke2 is up and running")
    notify("READY=1")
    deploy.start(settings, place.etcd)
    _live(place)


def _credentials(settings: Settings, place: Place) -> tuple[str, list[str]]:
    """Return the server password, and for a joining server the addresses of etcd's members; CAs are on disk then."""
    text = settings.one("token")
    if place.exists:
        say("Managed etcd cluster bootstrap already complete")
        known = settings.data / "server/token"
        text = text or (known.read_text().strip() if known.exists() else "")
        return _token(text).password, []
    if settings.one("server"):
        say("Managed etcd cluster not yet initialized")
        return _joined(settings, _token(text))
    say("Managed etcd cluster initializing")
    tls.make_authorities(settings.tls)
    known = settings.data / "server/token"
    text = text or (known.read_text().strip() if known.exists() else secrets.token_hex(16))
    return _token(text).password, []


def _token(text: str) -> Token:
    try:
        return Token.parse(text, "server")
    except Refused as wrong:
        raise Fatal(f"{PREPARING}{wrong}") from None


def _joined(settings: Settings, token: Token) -> tuple[str, list[str]]:
    try:
        cluster = Cluster.meet(settings.one("server"), token)
        theirs = cluster.ask("/v1-rke2/config")["critical"]
        ours = critical(settings, Token.parse(settings.one("agent-token", token.password), "node").password)
        if wrong := [key for key in ours if ours[key] != theirs.get(key)]:
            raise Fatal(
                f"{PREPARING}failed to validate server configuration: critical configuration value mismatch "
                f"between servers: {', '.join(wrong)}"
            )
        files = cluster.ask("/v1-rke2/server-bootstrap")
        clients = cluster.ask("/db/info")
    except Refused as refused:
        if refused.status == 401:
            # Agents' credentials get this far too: the real one names the door that only servers may use.
            raise Fatal(f"{PREPARING}{settings.one('server')}/v1-rke2/server-bootstrap: 401 Unauthorized") from None
        raise Fatal(f"{PREPARING}{refused}") from None
    say("Reconciling bootstrap data between datastore and disk")
    for name, content in files.items():
        write(settings.tls / name, content, 0o600 if name.endswith(".key") else 0o644)
    return token.password, [url.removeprefix("https://").rpartition(":")[0].strip("[]") for url in clients]


def _leaves(settings: Settings) -> None:
    folder, name = settings.tls, settings.name
    own = [name, *(settings.many("node-ip") or [settings.address]), settings.local, "127.0.0.1", "::1", "localhost"]
    names = [*own, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.43.0.1", *settings.many("tls-san")]
    tls.make_leaf(folder, "client-admin", "client-ca", subject="/O=system:masters/CN=system:admin")
    tls.make_leaf(folder, "serving-kube-apiserver", "server-ca", subject="/CN=kube-apiserver", hosts=names)
    for leaf, ca in (("client", "server-ca"), ("server-client", "server-ca"), ("peer", "peer-ca")):
        tls.make_leaf(folder, f"etcd/{leaf}", f"etcd/{ca}", subject=f"/CN=etcd-{leaf}", hosts=own)


def _token_files(settings: Settings, password: str, agent_password: str) -> None:
    digest = hashlib.sha256((settings.tls / "server-ca.crt").read_bytes()).hexdigest()
    folder = settings.data / "server"
    texts = {"token": f"K10{digest}::server:{password}\n", "agent-token": f"K10{digest}::node:{agent_password}\n"}
    for name, text in texts.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            write(folder / name, text)
    if not (folder / "node-token").is_symlink():
        (folder / "node-token").unlink(missing_ok=True)
        (folder / "node-token").symlink_to("token")
    for each in ("cred", "manifests", "db/snapshots"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    say(f"Server node token is available at {folder}/token")
    say(f"To join server node to cluster: rke2 server -s https://{settings.address}:9345 -t ${{SERVER_NODE_TOKEN}}")
    say(f"Agent node token is available at {folder}/agent-token")


def _listen(settings: Settings, supervisor: Supervisor) -> None:
    """Open 9345 early, as the real one does; check that 6443 will be ours."""
    folder, address = settings.tls, settings.one("bind-address", "0.0.0.0")
    context = tls.serving(folder / "serving-kube-apiserver.crt", folder / "serving-kube-apiserver.key")
    listener = Listener(address, 9345, context, supervisor.route)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    pods.stop("kube-apiserver")
    say("Removed kube-apiserver static pod manifest")
    Listener(address, 6443, context, supervisor.route).server_close()


def _kubeconfig(settings: Settings) -> None:
    path = Path(settings.one("write-kubeconfig", str(CONFIG_DIR / "rke2.yaml")))
    folder = settings.tls
    data = {
        name: base64.b64encode((folder / file).read_bytes()).decode()
        for name, file in (("ca", "server-ca.crt"), ("cert", "client-admin.crt"), ("key", "client-admin.key"))
    }
    write(
        path,
        "apiVersion: v1\nclusters:\n- cluster:\n"
        f"    certificate-authority-data: {data['ca']}\n    server: https://{settings.local}:6443\n  name: default\n"
        "contexts:\n- context:\n    cluster: default\n    user: default\n  name: default\n"
        "current-context: default\nkind: Config\nusers:\n- name: default\n  user:\n"
        f"    client-certificate-data: {data['cert']}\n    client-key-data: {data['key']}\n",
        int(settings.one("write-kubeconfig-mode", "0600"), 8),
    )
    say(f"Wrote kubeconfig {path}")
    say("Run: rke2 kubectl")


def _start_etcd(place: Place, members: list[str]) -> None:
    manifest = place.settings.data / "agent/pod-manifests/etcd.yaml"
    text = f"kind: Pod\nimage: index.docker.io/rancher/hardened-etcd:of-{VERSION.replace('+', '-')}\n"
    if not manifest.exists() or manifest.read_text() != text:
        write(manifest, text)
    if place.exists:
        place.go_on()
    elif members:
        place.join(members)
    else:
        place.begin()


def _start_api(settings: Settings) -> None:
    say("Running kube-apiserver --advertise-port=6443 --anonymous-auth=false --bind-address=0.0.0.0")
    bind = settings.one("bind-address")
    pods.start(
        "kube-apiserver",
        *(
            str(Path(sys.argv[0]).resolve()),
            "kube-apiserver",
            f"--data-dir={settings.one('data-dir', '/var/lib/rancher/rke2')}",
        ),
        *([f"--bind-address={bind}"] if bind else []),
    )


def _bootstrap(settings: Settings, password: str) -> None:
    """Keep the CAs in the datastore, sealed by the token; refuse a token or files that are not the datastore's."""
    etcd, key = Place(settings).etcd, registry.bootstrap_key(password)
    files = authorities(settings)
    known = etcd.under(registry.BOOTSTRAP)
    if known and key not in known:
        raise Fatal(f"{PREPARING}bootstrap data already found and encrypted with different token")
    if known:
        saved = registry.unseal(known[key], password)
        for name, text in files.items():
            if saved.get(name) != text:
                raise Fatal(
                    f"{PREPARING}{settings.tls / name} newer than datastore and could cause a cluster outage. "
                    "Remove the file(s) from disk and restart to be recreated from datastore."
                )
        return
    say("Saving cluster bootstrap data to datastore")
    etcd.put_new(key, registry.seal(files, password))


def _register(settings: Settings, place: Place) -> None:
    while True:
        try:
            registry.register(place.etcd, kubelet.node(settings), settings.password)
            break
        except registry.PasswordRejected as wrong:
            # As the real one: a server is let in by its own supervisor, which tells of the difference in an event.
            warn(f"Deferred node password secret validation failed: {wrong}")
            registry.register(place.etcd, kubelet.node(settings), None)
            break
        except EtcdError as wrong:
            warn(f"Failed to register node: {wrong}")
            time.sleep(1)
    say(f"Annotations and labels have been set successfully on node: {settings.name}")


def _await_api(settings: Settings) -> None:
    for _ in range(900):
        if not pods.pid_of("kube-apiserver"):
            _start_api(settings)
        try:
            socket.create_connection((settings.local, 6443), timeout=2).close()
            break
        except (OSError, ssl.SSLError):
            time.sleep(0.2)
    say("Kube API server is now running")


def _live(place: Place) -> None:
    """Heartbeat, members that come and go, pods that fell over started again: as long as the service runs."""
    since: dict[str, float] = {}
    pause(0.5)
    while True:
        try:
            mark_alive(place.etcd, place.settings.name, votes=place.votes)
            place.promote(since)
            for member in registry.remove_leaving(place.etcd):
                say(f"Removed member {member} from etcd: its node was deleted")
        except EtcdError as wrong:
            warn(f"Failed to update node status: {wrong}")
        if not pods.pid_of("etcd"):
            place.go_on()
        if not pods.pid_of("kube-apiserver"):
            _start_api(place.settings)
        time.sleep(BEAT_S)
