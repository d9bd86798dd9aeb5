#!/usr/bin/python3
"""A stand-in for Docker on a lab's node: the daemon's API on its socket, and the few words of its client in use here.

No container runs anything; started, one with the label `file` writes that file, with `show` it shows one, with `empty`
it empties folders. etcd and the cluster's nodes are files that the stand-in for `rke` writes.
"""

import grp
import hashlib
import http.client
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

SOCKET = "/var/run/docker.sock"
DATA = Path("/var/lib/docker/containers.json")
NODES = Path("/var/lib/docker/nodes.json")
MEMBERS = Path("/var/lib/etcd/member/members.json")
IMAGES = Path("/var/lib/docker/images.json")
INFO = {
    "ServerVersion": "27.5.1",
    "OperatingSystem": "stand-in for Docker",
    "Driver": "overlay2",
    "CgroupDriver": "systemd",
    "DockerRootDir": "/var/lib/docker",
    "DriverStatus": [["Supports d_type", "true"]],
}
LOCK = threading.Lock()


def load():
    return json.loads(DATA.read_text()) if DATA.exists() else {}


def save(containers):
    new = DATA.with_suffix(".new")
    new.write_text(json.dumps(containers))
    new.replace(DATA)


class Daemon(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/info"):
            return self.say(INFO)
        if self.path.startswith("/containers/json"):
            return self.say(load())
        name = self.path.split("/")[2]
        found = load().get(name)
        return self.say(found or {"message": f"No such container: {name}"}, 200 if found else 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path.startswith("/images/create"):
            return self.say({"status": "Image is up to date"})
        with LOCK:
            return self.change(body)

    def do_DELETE(self):
        with LOCK:
            containers = load()
            containers.pop(self.path.split("/")[2], None)
            save(containers)
        self.say({})

    def change(self, body):
        containers = load()
        if self.path.startswith("/containers/create"):
            name = self.path.partition("name=")[2]
            if name in containers:
                return self.say({"message": f"Conflict. The container name {name} is already in use"}, 409)
            containers[name] = body | {"Status": "Created"}
        else:
            name = self.path.split("/")[2]
            containers[name] |= {"Status": "Up 1 second"} | act(containers[name].get("Labels", {}))
        save(containers)
        return self.say({"Id": name}, 201)

    def say(self, record, status=200):
        body = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

    def log_message(self, *args):
        pass


def act(labels):
    if path := labels.get("file"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(labels["text"])
    elif path := labels.get("show"):
        return {"Status": "Exited (0)", "Output": Path(path).read_text() if Path(path).exists() else ""}
    elif folders := labels.get("empty"):
        subprocess.run(["find", *folders.split(), "-mindepth", "1", "-delete"], stderr=subprocess.DEVNULL)
    else:
        return {}
    return {"Status": "Exited (0)"}


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)


def ask(path, method="GET"):
    connection = Connection("docker")
    connection.request(method, path)
    return json.loads(connection.getresponse().read())


def etcd(words):
    members = [] if "alarm" in words else json.loads(MEMBERS.read_text())
    if "status" in words:
        print(
            json.dumps([{"Status": {"header": {"member_id": 1}, "leader": 1, "dbSize": 1 << 20, "version": "3.5.10"}}])
        )
    for number, member in enumerate(members):
        url = f"https://{member['address']}"
        if "list" in words:
            print(f"{number:016x}, started, {member['name']}, {url}:2380, {url}:2379, false")
        elif "status" in words:
            pass
        elif answers(member["address"]):
            print(f"{url}:2379 is healthy: successfully committed proposal: took = 2ms")
        else:
            print(f"{url}:2379 is unhealthy: failed to commit proposal: context deadline exceeded", file=sys.stderr)


def answers(address):
    try:
        socket.create_connection((address, 22), 2).close()
    except OSError:
        return False
    return True


def kubectl(words):
    if "/dev/stdin" in words and "kind: Config" not in sys.stdin.read():
        sys.exit("error: no kubeconfig on stdin")
    nodes = json.loads(NODES.read_text())
    if "drain" in words:
        print(f"node/{words[words.index('drain') + 1]} drained")
    elif "--all-namespaces" in words:
        for name, version in nodes.items() if "nodes" in words else ():
            print(f'node|{name}||Ready=True |{{"cpu":"4","memory":"8Gi","pods":"110"}}|{{}}|{version}')
    elif "nodes" in words:
        begin = "x.rke1.node=" if "x.rke1" in " ".join(words) else ""
        for name, version in nodes.items():
            print(f"{begin}{name} True {version} ")
    elif "node" in words and (name := words[words.index("node") + 1]) in nodes:
        print("cordoned=", end="")
    else:
        sys.exit('Error from server (NotFound): nodes "?" not found')


def daemon():
    DATA.parent.mkdir(parents=True, exist_ok=True)
    Path(SOCKET).unlink(missing_ok=True)
    server = Server(SOCKET, Daemon)
    Path(SOCKET).chmod(0o660)
    os.chown(SOCKET, 0, grp.getgrnam("docker").gr_gid)
    server.serve_forever()


def images():
    return json.loads(IMAGES.read_text()) if IMAGES.exists() else {}


def load_images():
    """`docker load`: every blob that the manifest names must be there, whole."""
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}
    there = images()
    for row in json.loads(files["manifest.json"]):
        for name in (row["Config"], *row["Layers"]):
            if hashlib.sha256(files[name]).hexdigest() != name.partition("/")[2]:
                sys.exit(f"{name} is another one")
        there |= dict.fromkeys(row["RepoTags"], json.loads(files[row["Config"]])["rootfs"]["diff_ids"])
        print("\n".join(f"Loaded image: {tag}" for tag in row["RepoTags"]))
    IMAGES.write_text(json.dumps(there))


def main(words):
    if words[:1] == ["daemon"]:
        daemon()
    if words[:1] == ["load"]:
        load_images()
        return
    if words[:2] == ["image", "inspect"]:
        if words[-1] not in images():
            sys.exit(f"Error: No such image: {words[-1]}")
        print(*images()[words[-1]])
        return
    if words[:2] == ["image", "ls"]:
        print(*(f"x.rke1.image={name}" for name in images()), sep="\n")
        return
    text = " ".join(words)
    info, containers = ask("/info"), ask("/containers/json")
    if words[0] == "version":
        print(info["ServerVersion"])
    elif words[0] == "info" and "DriverStatus" in text:
        print("\n".join("=".join(row) for row in info["DriverStatus"]))
    elif words[0] == "info":
        begin = re.search(r"x\.\S*?=", text)
        print((begin[0] if begin else "") + f"{info['ServerVersion']} {info['Driver']} systemd /var/lib/docker")
    elif words[0] == "ps" and "-q" in words:
        name = re.search(r"name=\^/\?(\S+?)\$", text)[1]
        if containers.get(name, {}).get("Status", "").startswith("Up"):
            print(name)
    elif words[0] == "ps":
        for name, container in containers.items():
            print(name, container["Image"], container["Status"])
    elif words[0] == "inspect" and "StartedAt" in text:
        print("running 2026-01-01T00:00:00Z" if words[-1] in containers else "")
    elif words[0] == "inspect":
        print("--hostname-override=" + containers["kubelet"]["Labels"]["node"] if "kubelet" in containers else "")
    elif words[0] == "exec" and "etcdctl" in words and "etcd" in containers:
        etcd(words)
    elif words[0] == "exec" and "kubectl" in words and "kubelet" in containers:
        kubectl(words)
    elif words[0] == "exec":
        sys.exit(f"Error response from daemon: No such container: {words[1]}")
    elif words[0] == "rm":
        for name in (word for word in words[1:] if not word.startswith("-")):
            ask(f"/containers/{name}", "DELETE")
            print(name)
    elif words[0] == "rmi":
        print(f"Untagged: {words[1]}")


if __name__ == "__main__":
    main(sys.argv[1:])
