"""The system-upgrade-controller's stand-in, beside the cluster: it carries Plans out as the real one is known to.

Written from what pkg/upgrade of rancher/system-upgrade-controller (v0.20.1) and scripts/upgrade.sh of
rancher/rke2-upgrade do: a job for each node that a plan selects, its pod's parts one after the other (prepare, drain,
upgrade), the program alone replaced and RKE2 killed so that systemd starts it anew, then the plan's hash as a label.
"""

import contextlib
import hashlib
import json
import shlex
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.lab.lab import Lab
from tests.lab.nodes import LabNode

KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"
SPACE = "system-upgrade"
GROUP = "upgrade.cattle.io"
LOOK_S = 0.5

Object = dict[str, Any]


def manifests(folder: Path) -> list[str]:
    """Write what brings the controller about, as far as this stand-in needs it; return the files' names."""
    names = {"plural": "plans", "kind": "Plan", "singular": "plan"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"plans.{GROUP}"},
        "spec": {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [version]},
    }
    env = {"SYSTEM_UPGRADE_JOB_IMAGE_PULL_POLICY": "Always", "SYSTEM_UPGRADE_JOB_KUBECTL_IMAGE": "rancher/kubectl:v1"}
    rest: list[Object] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _meta("system-upgrade-controller"), "spec": {}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _meta("default-controller-env"), "data": env},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
    ]
    (folder / "crd.yaml").write_text(yaml.safe_dump(crd))
    (folder / "controller.yaml").write_text(yaml.safe_dump_all(rest))
    return [str(folder / "crd.yaml"), str(folder / "controller.yaml")]


class Controller:
    """Acts on the plans of a lab's cluster while its context lasts; new releases come from the lab's mirror."""

    def __init__(self, lab: Lab, servers: tuple[str, ...], mirror: str) -> None:
        self.lab, self.servers, self.mirror = lab, servers, mirror
        self.most: dict[str, int] = {}
        """The most nodes that were under way at once, by plan."""
        self.taken: list[str] = []
        """Whom it took, in order."""
        self._applying: dict[str, set[str]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._workers: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in (self._thread, *self._workers):
            thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            # The API is away for moments while servers restart.
            with contextlib.suppress(Down):
                plans = self._get("plans." + GROUP, "-n", SPACE)["items"]
                for plan in plans:
                    self._sync(plan)

    def _sync(self, plan: Object) -> None:
        name, spec = plan["metadata"]["name"], plan["spec"]
        version = spec["version"].replace("+", "-")
        digest = hashlib.sha224(f"{version}{spec.get('serviceAccountName', '')}".encode()).hexdigest()
        under_way = self._applying.setdefault(name, set())
        nodes = self._get("nodes")["items"]
        mark = f"plan.{GROUP}/{name}"
        for node in nodes:
            labels, who = node["metadata"]["labels"], node["metadata"]["name"]
            free = len(under_way) < spec["concurrency"] and who not in under_way
            if free and selects(spec["nodeSelector"], labels) and labels.get(mark) not in (digest, "disabled"):
                under_way.add(who)
                self.taken.append(who)
                self.most[name] = max(self.most.get(name, 0), len(under_way))
                self._put_job(plan, who, version, digest)
                worker = threading.Thread(target=self._work, args=(plan, who, version, digest), daemon=True)
                self._workers.append(worker)
                worker.start()
        status = {
            "latestVersion": version,
            "latestHash": digest,
            "applying": sorted(under_way),
            "conditions": [{"type": "Validated", "status": "True"}, {"type": "LatestResolved", "status": "True"}],
        }
        if plan.get("status") != status:
            self._apply({key: plan[key] for key in ("apiVersion", "kind", "metadata", "spec")} | {"status": status})

    def _work(self, plan: Object, node: str, version: str, digest: str) -> None:
        """One job, in the order of its pod's containers."""
        name, spec = plan["metadata"]["name"], plan["spec"]
        parts: dict[str, Object] = {}
        try:
            for part, action in (
                ("prepare", self._prepare if "prepare" in spec else None),
                ("drain", self._drain if "drain" in spec else None),
                ("upgrade", self._replace),
            ):
                if action is None:
                    continue
                parts[part] = {"running": {"startedAt": "now"}}
                self._put_pod(plan, node, version, parts)
                status, said = action(plan, node)
                parts[part] = {"terminated": {"exitCode": status}}
                self._put_pod(plan, node, version, parts, said)
                if status:
                    # The real job tries again and again until its deadline; here nobody waits for that.
                    self._await_no_job(plan, node, digest)
                    return
            self._put_job(plan, node, version, digest, complete=True)
            self._patch_node(node, {"metadata": {"labels": {f"plan.{GROUP}/{name}": digest}}} | _uncordoned(spec))
        except Gone:
            return
        finally:
            self._applying[name].discard(node)

    def _prepare(self, plan: Object, node: str) -> tuple[int, str]:
        wanted = plan["spec"]["version"]
        _, of = plan["spec"]["prepare"]["args"]
        while True:
            servers = [each for each in self._patiently("nodes")["items"] if _is_server(each)]
            versions = {each["status"]["nodeInfo"]["kubeletVersion"] for each in servers}
            if not self._applying.get(of) and versions == {wanted}:
                return 0, ""
            self._pause()

    def _drain(self, plan: Object, node: str) -> tuple[int, str]:
        words = ["drain", node, "--ignore-daemonsets", f"--timeout={plan['spec']['drain']['timeout']}"]
        while True:
            with contextlib.suppress(Down):
                done = self._kubectl(*words)
                return done.returncode, done.stdout + done.stderr
            self._pause()

    def _replace(self, plan: Object, node: str) -> tuple[int, str]:
        """The program alone, over its own path; then whoever runs it is killed."""
        url = f"{self.mirror}/{plan['spec']['version'].replace('+', '%2B')}/rke2.linux-amd64.tar.gz"
        done = self.lab[node].run(
            f"curl -sSf {url} | tar xz -C /tmp bin/rke2 && mv /tmp/bin/rke2 /usr/local/bin/rke2 && "
            "for unit in rke2-server rke2-agent; do "
            "pid=$(systemctl show -P MainPID $unit); [ $pid = 0 ] || kill $pid; done",
            check=False,
        )
        return done.returncode, done.stderr

    def _await_no_job(self, plan: Object, node: str, digest: str) -> None:
        while True:
            jobs = {each["metadata"]["name"] for each in self._patiently("jobs", "-n", SPACE)["items"]}
            if _job(plan, node, digest) not in jobs:
                pods = self._patiently("pods", "-n", SPACE)["items"]
                for pod in (each["metadata"] for each in pods):
                    if pod.get("labels", {}).get(f"{GROUP}/node") == node:
                        self._kubectl("delete", "pod", pod["name"], "-n", SPACE)
                return
            self._pause()

    def _put_job(self, plan: Object, node: str, version: str, digest: str, *, complete: bool = False) -> None:
        job: Object = {"apiVersion": "batch/v1", "kind": "Job", "metadata": _meta(_job(plan, node, digest)), "spec": {}}
        job["metadata"]["labels"] = _labels(plan, node, version)
        self._apply(job | {"status": {"conditions": [{"type": "Complete", "status": "True"}] if complete else []}})

    def _put_pod(self, plan: Object, node: str, version: str, parts: Mapping[str, Object], said: str = "") -> None:
        states = [{"name": part, "state": state} for part, state in parts.items()]
        name = f"{plan['metadata']['name']}-{node}-x"
        pod: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": _meta(name), "spec": {}}
        pod["metadata"] |= {"labels": _labels(plan, node, version), "annotations": {"standin/log": said}}
        init = [each for each in states if each["name"] != "upgrade"]
        main = [each for each in states if each["name"] == "upgrade"]
        self._apply(pod | {"status": {"initContainerStatuses": init, "containerStatuses": main}})

    def _patch_node(self, node: str, patch: Object) -> None:
        while True:
            with contextlib.suppress(Down):
                self._kubectl("patch", "node", node, f"--patch={json.dumps(patch)}")
                return
            self._pause()

    def _apply(self, manifest: Object) -> None:
        while True:
            with contextlib.suppress(Down):
                self._kubectl("apply", "-f", "-", given=json.dumps(manifest))
                return
            self._pause()

    def _patiently(self, *words: str) -> Object:
        while True:
            with contextlib.suppress(Down):
                return self._get(*words)
            self._pause()

    def _pause(self) -> None:
        if self._stop.wait(LOOK_S):
            raise Gone

    def _get(self, *words: str) -> Object:
        done = self._kubectl("get", *words, "-o", "json")
        if done.returncode:
            raise Down(done.stderr)
        return dict(json.loads(done.stdout))

    def _kubectl(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run kubectl on the first server whose API answers; raises Down when none does."""
        said = ""
        for name in self.servers:
            done = _run(self.lab[name], f"{KUBECTL} {shlex.join(words)}", given)
            said = done.stderr
            if not done.returncode or not any(word in said for word in ("refused", "Unable to connect", "etcdserver")):
                return done
        raise Down(said)


class Down(Exception):
    """No server's API answers."""


class Gone(Exception):
    """The controller ends."""


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a plan's selector takes a node of these labels."""

    def meets(rule: Object) -> bool:
        value = labels.get(rule["key"])
        match rule["operator"]:
            case "In":
                return value in rule["values"]
            case "NotIn":
                return value not in rule["values"]
            case "Exists":
                return value is not None
            case _:
                return value is None

    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        meets(rule) for rule in selector.get("matchExpressions", [])
    )


def _run(node: LabNode, command: str, given: str) -> "subprocess.CompletedProcess[str]":
    try:
        done: subprocess.CompletedProcess[str] = node.run(command, check=False, input=given, timeout=200)
    except RuntimeError as off:
        raise Down(str(off)) from off
    return done


def _uncordoned(spec: Object) -> Object:
    return {"spec": {"unschedulable": None}} if "drain" in spec or spec.get("cordon") else {}


def _is_server(node: Object) -> bool:
    return "node-role.kubernetes.io/control-plane" in node["metadata"]["labels"]


def _job(plan: Object, node: str, digest: str) -> str:
    return f"apply-{plan['metadata']['name']}-on-{node}-with-{digest[:20]}"


def _labels(plan: Object, node: str, version: str) -> dict[str, str]:
    return {f"{GROUP}/node": node, f"{GROUP}/plan": plan["metadata"]["name"], f"{GROUP}/version": version}


def _meta(name: str) -> Object:
    return {"name": name, "namespace": SPACE}
