"""The second RancherD, a stand-in: it reads its configuration, installs RKE2 from /opt/rke2.tar.gz, and runs once."""

import http.server
import json
import secrets
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import rancher
import yaml

DATA = Path("/var/lib/rancher/rancherd")
CONFIG = Path("/etc/rancher/rancherd/config.yaml")
RKE2 = Path("/etc/rancher/rke2")
STAMP = DATA / "bootstrapped"
PAUSE = Path("/etc/rancherd-standin-pause-s")
"""For tests that need time in the middle."""
RETRY_S = 2
NAMES = {
    "tlsSans": "tls-san",
    "nodeName": "node-name",
    "labels": "node-label",
    "taints": "node-taint",
    "token": "token",
}


class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


def bootstrap() -> None:
    """Try until it is done, as the real one does."""
    if STAMP.exists():
        rancher.log("System is already bootstrapped. To force the system to be bootstrapped again run with --force")
        return
    while True:
        try:
            once()
            break
        except (OSError, subprocess.CalledProcessError, ValueError) as wrong:
            rancher.log(f"failed to bootstrap system, will retry: {wrong}")
            time.sleep(RETRY_S)


def once() -> None:
    rancher.log(f"Loading config file [{CONFIG}]")
    config = yaml.safe_load(CONFIG.read_text())
    DATA.mkdir(parents=True, exist_ok=True)
    versions = f"{config.get('rancherVersion', 'stable')}/{config.get('kubernetesVersion', 'stable')}"
    rancher.log(f"Bootstrapping Rancher ({versions})")
    role = config["role"]
    begins = role == "cluster-init"
    settings = beginning(config) if begins else joining(config)
    time.sleep(float(PAUSE.read_text()) if PAUSE.exists() else 0)
    install(settings, "40-rancherd.yaml" if begins else "50-rancher.yaml", "agent" if role == "agent" else "server")
    rancher.log(f"Running probes defined in {DATA}/plan/plan.json")
    rancher.log("All probes are healthy")
    if role != "agent":
        start("rancher-standin", "rancher.py", "serve", CONFIG.parent / "token")
    STAMP.write_text("done\n")
    rancher.log(f"Successfully Bootstrapped Rancher ({versions})")


def beginning(config: dict) -> dict:
    (CONFIG.parent / "token").write_text(config["token"])
    return config.get("extraConfig", {}) | {ours: config[key] for key, ours in NAMES.items() if key in config}


def joining(config: dict) -> dict:
    """Ask Rancher, once it has proven that it knows the token."""
    (CONFIG.parent / "token").write_text(config["token"])
    server, nonce = config["server"], secrets.token_hex(8)
    headers = {"X-Cattle-Nonce": nonce, "Authorization": f"Bearer {rancher.digest(config['token'])}"}
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(f"{server}/cacerts", headers=headers)
    with urllib.request.urlopen(request, context=anyone, timeout=5) as answer:
        ca = answer.read()
        if answer.headers["X-Cattle-Hash"] != rancher.proof(config["token"], nonce, ca):
            raise ValueError("response hash does not match")
    trusted = ssl.create_default_context(cadata=ca.decode())
    with urllib.request.urlopen(
        urllib.request.Request(f"{server}/join", headers=headers), context=trusted, timeout=5
    ) as answer:
        tokens = json.loads(answer.read())
    kind = "agent" if config["role"] == "agent" else "server"
    host = server.removeprefix("https://").rpartition(":")[0]
    own = {NAMES[key]: config[key] for key in ("labels", "taints") if key in config}
    return own | {"server": f"https://{host}:9345", "token": tokens[kind]}


def install(settings: dict, name: str, role: str) -> None:
    rancher.log("Extracting image rancher/system-agent-installer-rke2")
    (RKE2 / "config.yaml.d").mkdir(parents=True, exist_ok=True)
    place = RKE2 / "config.yaml.d" / name
    place.touch(mode=0o600)
    place.write_text(yaml.safe_dump(settings))
    subprocess.run(["tar", "-xzf", "/opt/rke2.tar.gz", "-C", "/usr/local"], check=True)
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    subprocess.run(["systemctl", "enable", "-q", f"rke2-{role}"], check=True)
    subprocess.run(["systemctl", "start", f"rke2-{role}"], check=True)
    tls = Path("/var/lib/rancher/rke2/server/tls")
    for end in ("crt", "key"):
        if (tls / f"client-admin.{end}").exists():
            (tls / f"client-kube-apiserver.{end}").write_bytes((tls / f"client-admin.{end}").read_bytes())
    start("probes-standin", "second.py", "probes", role)


def start(unit: str, program: str, *words: object) -> None:
    """Run a part that stays."""
    here = Path(__file__).parent
    command = ["systemd-run", "-q", f"--unit={unit}", "/usr/bin/python3", str(here / program), *map(str, words)]
    if subprocess.run(["systemctl", "is-active", "-q", unit]).returncode:
        subprocess.run(command, check=True)


def probes(role: str) -> None:
    """Answer where Kubernetes' components tell their health."""
    tls = Path("/var/lib/rancher/rke2/server/tls")
    for port in (10248, 10257, 10259) if role == "server" else (10248,):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Well)
        if port != 10248:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "serving-kube-apiserver.crt", tls / "serving-kube-apiserver.key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bootstrap"]:
            bootstrap()
        case ["probes", role]:
            probes(role)
        case ["probe"]:
            rancher.log("All probes are healthy" if STAMP.exists() else "No plan yet")
            sys.exit(0 if STAMP.exists() else 1)
        case ["reset-admin"]:
            rancher.reset_admin()
        case _:
            sys.exit(f"unknown command {sys.argv[1:]}")
