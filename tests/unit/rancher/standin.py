"""Stand-ins at the wire: a server whose API is a file, and a helm that writes to the same file and says true lines."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wizard.errors import LinkLost, Unreachable
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.rollout.step import Step, Work
from wizard.secret import Secret

HELM = """#!{python}
import json, pathlib, sys, time
here, cluster = pathlib.Path(__file__).parent, pathlib.Path({cluster!r})
args = sys.argv[1:]
if args[0] == "version":
    print((here / "version").read_text() if (here / "version").exists() else "v3.19.5+gb76a950")
    sys.exit(0)
option = lambda name: args[args.index(name) + 1]
kubeconfig = json.loads(pathlib.Path(option("--kubeconfig")).read_text())
mode = pathlib.Path(option("--kubeconfig")).stat().st_mode & 0o777
call = dict(args=args, values=pathlib.Path(option("--values")).read_text(), mode=mode,
            server=kubeconfig["clusters"][0]["cluster"]["server"])
with (here / "calls").open("a") as file:
    print(json.dumps(call), file=file)
name, there = args[2], json.loads(cluster.read_text())
number = there["revisions"].get(name, [0])[0] + 1
def keep(status):
    there["revisions"][name] = [number, status, int(time.time())]
    cluster.write_text(json.dumps(there))
if there["revisions"].get(name, [0, ""])[1].startswith("pending"):
    print("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress")
    sys.exit(1)
fails = here / f"{{name}}.fails"
if fails.exists():
    said = fails.read_text()
    fails.unlink()
    keep("pending-install" if "killed" in said else "failed")
    print(said)
    sys.exit(1)
print(f'Release "{{name}}" does not exist. Installing it now.' if number == 1 else "Release upgraded.")
version = option("--version") if "--version" in args else args[3].rsplit("-", 1)[1].removesuffix(".tgz")
names = ["rancher", "rancher-webhook"] if name == "rancher" else [name, f"{{name}}-webhook", f"{{name}}-cainjector"]
there["deployments"] |= {{each: f"{{name}}-{{version}}" for each in names}}
keep("deployed")
"""


def put_helm(folder: Path, cluster: Path) -> Path:
    """Write the stand-in for helm into a folder."""
    folder.mkdir()
    helm = folder / "helm"
    helm.write_text(HELM.format(python=sys.executable, cluster=str(cluster)))
    helm.chmod(0o755)
    return helm


def calls(folder: Path) -> list[dict[str, Any]]:
    """Return what a stand-in for helm was told."""
    kept = folder / "calls"
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


class Cluster:
    """What is in the cluster: revisions of helm, deployments, config maps, secrets."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_text(json.dumps({"revisions": {}, "deployments": {}, "map": {}, "secrets": {}}))
        self.down: set[str] = set()
        self.not_ready: set[str] = set()
        self.pods: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.ending: list[str] = []
        self.answers: Callable[[str], str] = lambda address: "200 pong"
        self.sockets = "401"
        self.rke1: list[str] = []
        self.ran: list[tuple[str, ...]] = []
        self.files: dict[tuple[str, str], bytes] = {}
        self.cuts = 0  # how many tunnels are to drop

    @property
    def there(self) -> dict[str, Any]:
        return json.loads(self.path.read_text())

    def put(self, **more: Any) -> None:
        self.path.write_text(json.dumps(self.there | more))

    def work(self, step: Step, node: str = "cp-1") -> tuple[Work, list[str]]:
        said: list[str] = []
        work = Work(
            node=node,
            host=self.host(node),
            at=self.host,
            tell=lambda percent, doing: said.append(doing),
            said=said.append,
        )
        return work, said

    def host(self, name: str) -> Any:
        return Server(self, name)

    def facts(self) -> list[str]:
        """What look_rancher would print."""
        there = self.there
        lines = ["x.rancher.api=ready", f"x.rancher.stamps={json.dumps(there['map'])}"]
        lines += [f"x.rancher.release={name} {n} {status} {at}" for name, (n, status, at) in there["revisions"].items()]
        for name, chart in there["deployments"].items():
            ready = 2 if name in self.not_ready else 3
            lines.append(f"x.rancher.deployment={name},3,{ready},3,3,1,1,{chart}")
        lines += [f"x.rancher.ending={name}" for name in self.ending]
        return [*lines, *(f"x.rancher.rke1={name}" for name in self.rke1)]


class Server:
    """One server of the cluster."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name

    async def run(
        self,
        script: Script,
        *args: str,
        stdin: bytes | Secret | None = None,
        timeout_s: float,
        check: bool = True,
        **_: Any,
    ) -> Result:
        if self.name in self.cluster.down:
            raise Unreachable(self.name, "no route to host")
        self.cluster.ran.append((self.name, script.name, *args))
        body = stdin.reveal().encode() if isinstance(stdin, Secret) else stdin or b""
        match script.name:
            case "look_rancher":
                return Result(0, tuple(self.cluster.facts()))
            case "ping_rancher":
                return Result(0, tuple(f"{each} {self.cluster.answers(each)}" for each in args[2:]))
            case "ask_websocket":
                return Result(0, tuple(f"{each} {self.cluster.sockets}" for each in args[2:]))
            case "write_file":
                known = self.cluster.files.get((self.name, args[0]))
                self.cluster.files[self.name, args[0]] = body
                return Result(0, ("unchanged" if known == body else "changed",))
            case "kubectl":
                return self._kubectl([word for word in args if not word.startswith("--request-timeout")], body)
        return Result(0, ("saved",))

    @asynccontextmanager
    async def tunnel(self, port: int) -> AsyncIterator[int]:
        yield 40_000 + port
        if self.cluster.cuts:
            self.cluster.cuts -= 1
            raise LinkLost(self.name, "the connection dropped")

    def _kubectl(self, words: list[str], body: bytes) -> Result:
        there = self.cluster.there
        match words:
            case ["config", "view", *_]:
                return Result(0, ('{"clusters": [{"cluster": {"server": "https://127.0.0.1:6443"}}]}',))
            case ["get", "configmap", *_]:
                return Result(0, (json.dumps({"data": there["map"]}),))
            case ["get", "secret", name, *_]:
                return Result(0, (f"secret/{name}",) if name in there["secrets"] else ())
            case ["get", "pods", *_]:
                return Result(0, (json.dumps({"items": self.cluster.pods}),))
            case ["get", "events", *_]:
                return Result(0, (json.dumps({"items": self.cluster.events}),))
            case ["apply", *_]:
                for item in json.loads(body)["items"]:
                    if item["kind"] == "ConfigMap":
                        there["map"] = item["data"]
                    if item["kind"] == "Secret":
                        there["secrets"][item["metadata"]["name"]] = item["data"]
                self.cluster.put(**there)
            case ["delete", "secret", name, *_]:
                release, number = name.removeprefix("sh.helm.release.v1.").rsplit(".v", 1)
                there["revisions"][release] = [int(number) - 1, "deployed", 0] if number != "1" else None
                there["revisions"] = {key: value for key, value in there["revisions"].items() if value}
                self.cluster.put(**there)
        return Result(0, ())
