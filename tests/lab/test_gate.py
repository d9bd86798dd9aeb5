"""The gate by its real door: obstacles planted in a living cluster are each named by `upgrade check`; well, none is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.lab import suc
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, overruled
from tests.lab.suc import KUBECTL
from tests.lab.test_upgrade import ETCDCTL

NODES = 5
OLD, NEW = "v1.31.14+rke2r1", "v1.32.13+rke2r1"
METRICS = "/etc/rke2-standin-metrics"
PAPER = "/var/lib/rancher/rke2/server/tls/zz-planted.crt"

Object = dict[str, Any]
Found = dict[tuple[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Path:
    """A cluster of 3 servers and 2 agents, each with room for pods, that is to go a minor on."""
    for version in (OLD, NEW):
        lab.release_of(version)
    source = {"kind": "folder", "path": str(lab.release_of(OLD).parent)}
    path = lab.spec(servers=3, agents=2, version=OLD, source=source, upgrade={"delete_emptydir_data": False})
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    changed_spec(path, version=NEW)
    for name in lab.nodes:
        change(lab, name, lambda node: node["status"].update(allocatable={"cpu": "8", "memory": "16Gi"}))
    return path


def change(lab: Lab, name: str, how: Callable[[Object], object]) -> None:
    """Change what the API tells of a node, as only its kubelet could."""
    node = json.loads(lab["n1"].run(f"{ETCDCTL} get --print-value-only /registry/minions/{name}").stdout)
    how(node)
    keep(lab, node)


def keep(lab: Lab, node: Object) -> None:
    lab["n1"].run(f"{ETCDCTL} put /registry/minions/{node['metadata']['name']}", input=json.dumps(node))


def checked(operator: Operator, spec: Path) -> tuple[int, Found]:
    """The exit code of `upgrade check`, and what it found not well in the running cluster, by node and check."""
    done = operator.run("upgrade", "check", spec, "--json", *overruled("disk.room"))
    assert done.returncode in (0, 3), done.stderr
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, {
        (node, each["check"].removeprefix("upgrade.")): each
        for node, found in findings.items()
        for each in found
        if each["check"].startswith("upgrade.") and each["verdict"] != "ok"
    }


def thing(version: str, kind: str, name: str, *, space: str = "shop", **more: Any) -> Object:
    meta = {"name": name} | ({"namespace": space} if space else {}) | more.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": meta, **more}


def pod(name: str, at: str, *, owner: str | None = "ReplicaSet", app: str = "", **more: Any) -> Object:
    """A pod that runs, with what is `spec` and `metadata` of it over that."""
    meta: Object = {"labels": {"app": app or name}} | more.pop("metadata", {})
    if owner:
        meta["ownerReferences"] = [{"kind": owner, "name": f"{app or name}-1"}]
    asks = {"resources": {"requests": {"cpu": "100m"}}}
    spec = {"nodeName": at, "terminationGracePeriodSeconds": 30, "containers": [asks]} | more.pop("spec", {})
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]} | more.pop("status", {})
    return thing("v1", "Pod", name, metadata=meta, spec=spec, status=status)


def twice(app: str, **more: Any) -> list[Object]:
    """Two pods of one workload, one on each agent."""
    return [pod(f"{app}-{at}", at, app=app, **more) for at in ("n4", "n5")]


def budget(name: str, app: str, *, allowed: int, healthy: int = 2, **wants: int) -> Object:
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": 1, "expectedPods": 2}
    selector = {"matchLabels": {"app": app}}
    return thing("policy/v1", "PodDisruptionBudget", name, spec={"selector": selector, **wants}, status=status)


def webhook(name: str, *places: tuple[str, bool]) -> list[Object]:
    """A webhook about pods, and where those answer that are behind it."""
    hook = {"failurePolicy": "Fail", "clientConfig": {"service": {"namespace": "shop", "name": name}}}
    kind = "ValidatingWebhookConfiguration"
    ends = [{"conditions": {"ready": ready}, "nodeName": node} for node, ready in places]
    label = {"labels": {"kubernetes.io/service-name": name}}
    return [
        thing(
            "admissionregistration.k8s.io/v1",
            kind,
            name,
            space="",
            webhooks=[hook | {"rules": [{"resources": ["pods"]}]}],
        ),
        thing("discovery.k8s.io/v1", "EndpointSlice", f"{name}-1", metadata=label, endpoints=ends),
    ]


def crd(plural: str, kind: str, group: str, *, stored: str = "v1") -> Object:
    names = {"plural": plural, "kind": kind}
    version = {"name": "v1", "served": True, "storage": True}
    body = {"group": group, "names": names, "scope": "Namespaced", "versions": [version]}
    versions = {"storedVersions": sorted({stored, "v1"})}
    kind_of = "CustomResourceDefinition"
    return thing("apiextensions.k8s.io/v1", kind_of, f"{plural}.{group}", space="", spec=body, status=versions)


def paper(*, days: int, authority: bool) -> str:
    """A certificate in PEM that ends in so many days."""
    key, moment = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "planted")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=400))
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


DATABASE = {"volumes": [{"persistentVolumeClaim": {"claimName": "data-0"}}]}
LOCAL = {"claimRef": {"namespace": "shop", "name": "data-0"}, "local": {"path": "/mnt/disk"}}
TERMS = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n4"]}]}]
FAILED = {"conditions": [{"type": "Failed", "status": "True"}]}
WAITING = {"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}

OBJECTS: dict[str, tuple[list[Object], tuple[str, str], str]] = {
    "upgrade plan of somebody else": (
        [
            crd("plans", "Plan", suc.GROUP),
            thing("upgrade.cattle.io/v1", "Plan", "theirs", spec={"version": "v1.32.1+rke2r1"}),
        ],
        ("n1", "plans"),
        "shop/theirs to v1.32.1+rke2r1",
    ),
    "chart that failed": (
        [
            thing(
                "batch/v1",
                "Job",
                "helm-install-rke2-coredns",
                metadata={"labels": {"helmcharts.helm.cattle.io/chart": "rke2-coredns"}},
                status=FAILED,
            )
        ],
        ("n1", "charts"),
        "rke2-coredns has failed",
    ),
    "rancher too old": (
        [
            thing(
                "apps/v1",
                "Deployment",
                "rancher",
                space="cattle-system",
                metadata={"labels": {"chart": "rancher-2.9.3"}},
            )
        ],
        ("n1", "rancher"),
        "Rancher 2.9.3 is for Kubernetes",
    ),
    "cert-manager too old": (
        [
            thing(
                "apps/v1",
                "Deployment",
                "cert-manager",
                space="cert-manager",
                metadata={"labels": {"app.kubernetes.io/version": "v1.14.2"}},
            )
        ],
        ("n1", "cert_manager"),
        "cert-manager v1.14.2 is older than any",
    ),
    "object of a removed API": (
        [
            thing(
                "flowcontrol.apiserver.k8s.io/v1",
                "FlowSchema",
                "old",
                space="",
                metadata={"annotations": {"standin/wrote-by": "flowcontrol.apiserver.k8s.io/v1beta3"}},
            )
        ],
        ("n1", "api_stored"),
        "flowschemas.flowcontrol.apiserver.k8s.io by flowcontrol.apiserver.k8s.io/v1beta3",
    ),
    "version that is not served": (
        [crd("gears", "Gear", "example.com", stored="v1alpha1")],
        ("n1", "crd_versions"),
        "gears.example.com (v1alpha1)",
    ),
    "webhook that nobody answers": (webhook("gone", ("n4", False)), ("n1", "webhooks"), "behind shop/gone"),
    "webhook on one node": (webhook("lone", ("n4", True)), ("n4", "webhook_alone"), "answers from n4 alone"),
    "API that does not answer": (
        [
            thing(
                "apiregistration.k8s.io/v1",
                "APIService",
                "v1.custom.io",
                space="",
                status={"conditions": [{"type": "Available", "status": "False", "message": "no endpoints"}]},
            )
        ],
        ("n1", "apiservices"),
        "v1.custom.io does not answer: no endpoints",
    ),
    "budget that never lets go": (
        [*twice("tight"), budget("tight", "tight", allowed=0, maxUnavailable=0)],
        ("n4", "budget"),
        "shop/tight-n4",
    ),
    "budget that is used up": (
        [*twice("used"), budget("used", "used", allowed=0, healthy=1, minAvailable=1)],
        ("n5", "budget"),
        "shop/used-n5",
    ),
    "two budgets over one pod": (
        [*twice("both"), *(budget(name, "both", allowed=1, minAvailable=1) for name in ("one", "two"))],
        ("n4", "two_budgets"),
        "under one and two",
    ),
    "pod of nobody": ([pod("debug", "n4", owner=None)], ("n4", "no_controller"), "shop/debug"),
    "data in emptyDir": (
        twice("cache", spec={"volumes": [{"emptyDir": {"medium": "Memory"}}]}),
        ("n4", "empty_dir"),
        "shop/cache-n4 keeps data",
    ),
    "data on one node": (
        [
            pod("db-0", "n4", owner="StatefulSet", app="db", spec=DATABASE),
            pod("db-1", "n5", owner="StatefulSet", app="db"),
            thing(
                "v1",
                "PersistentVolume",
                "disk",
                space="",
                spec=LOCAL | {"nodeAffinity": {"required": {"nodeSelectorTerms": TERMS}}},
            ),
        ],
        ("n4", "local_data"),
        "shop/db-0 has its volume on n4 alone",
    ),
    "pod bound to its node": (
        twice("bound", spec={"nodeSelector": {"kubernetes.io/hostname": "n5"}}),
        ("n5", "pinned"),
        "shop/bound-n5 is bound to n5",
    ),
    "single replica": ([pod("lonely", "n4", owner="StatefulSet")], ("n4", "single"), "lonely"),
    "job at work": ([pod("night", "n4", owner="Job")], ("n4", "jobs"), "is at work"),
    "pod that hangs": (
        twice("hangs", metadata={"labels": {"app": "hangs"}, "deletionTimestamp": "2026-01-01T00:00:00Z"}),
        ("n4", "ending"),
        "ending",
    ),
    "pod that takes long": (
        twice("slow", spec={"terminationGracePeriodSeconds": 3600}),
        ("n4", "grace"),
        "3600 s to end",
    ),
    "no room elsewhere": (
        twice("huge", spec={"containers": [{"resources": {"requests": {"cpu": "39"}}}]}),
        ("n4", "room"),
        "of CPUs",
    ),
    "pod that does not run": (twice("sick", status=WAITING), ("n1", "unwell"), "CrashLoopBackOff"),
}
"""What stands in the cluster's API: the objects, where it is told, and words of it."""

MACHINES: dict[str, tuple[tuple[str, str], str]] = {
    "node not ready": (("n5", "nodes"), "not Ready"),
    "node short of disk": (("n4", "pressure"), "under DiskPressure"),
    "node cordoned": (("n4", "cordoned"), "cordoned"),
    "node of nobody": (("n1", "strangers"), "n9"),
    "member of etcd left over": (("n1", "members"), "etcd runs on n9 too"),
    "etcd full": (("n3", "etcd_size"), "1.8 GiB of 2"),
    "no room for the snapshot": (("n1", "snapshot_room"), "MiB free"),
    "certificate expired": (("n2", "certificates"), "zz-planted has expired"),
    "authority at its end": (("n3", "certificates"), "authority zz-planted ends in"),
    "removed API in use": (("n2", "api_used"), "flowcontrol.apiserver.k8s.io/v1beta3"),
}


def plant(lab: Lab) -> None:
    """Put all of it into the cluster, before anything is asked."""
    spaces = ("shop", "cattle-system", "cert-manager")
    objects = [thing("v1", "Namespace", name, space="") for name in spaces]
    # A kind has to be known before there can be any of it.
    parts = [each for rows, *_ in OBJECTS.values() for each in rows]
    definitions = [each for each in parts if each["kind"] == "CustomResourceDefinition"]
    for lot in (objects, definitions, [each for each in parts if each not in definitions]):
        lab["n1"].run(f"{KUBECTL} apply -f -", input=json.dumps({"kind": "List", "items": lot}))
    change(lab, "n4", lambda node: node["status"]["conditions"].append({"type": "DiskPressure", "status": "True"}))
    lab["n1"].run(f"{KUBECTL} cordon n4")
    stranger = json.loads(lab["n1"].run(f"{KUBECTL} get node n3 -o json").stdout)
    stranger["metadata"]["name"] = "n9"
    keep(lab, stranger)
    size = 'apiserver_storage_size_bytes{{storage_cluster_id="etcd-0"}} {}\n'
    used = 'group="flowcontrol.apiserver.k8s.io",version="v1beta3",resource="flowschemas",removed_release="1.32"'
    lab["n1"].write(METRICS, size.format("7e+08"))
    lab["n2"].write(METRICS, f"apiserver_requested_deprecated_apis{{{used}}} 1\n")
    lab["n3"].write(METRICS, size.format("1.9e+09"))
    lab["n2"].write(PAPER, paper(days=-3, authority=False))
    lab["n3"].write(PAPER, paper(days=20, authority=True))
    lab["n5"].run("systemctl stop rke2-agent")


def test_a_clean_cluster_passes_with_nothing_in_the_way(operator: Operator, spec: Path) -> None:
    assert checked(operator, spec) == (0, {})


@pytest.fixture(scope="module")
def found(lab: Lab, operator: Operator, spec: Path) -> Found:
    """What is found once all of it is planted."""
    plant(lab)
    for _ in range(60):
        if cluster_nodes(lab["n1"])["n5"].startswith("NotReady"):
            break
        lab["n1"].run("sleep 1")
    code, found = checked(operator, spec)
    assert code == 3
    return found


def test_there_are_enough_of_them() -> None:
    assert len(OBJECTS) + len(MACHINES) >= 25


@pytest.mark.parametrize("name", [*OBJECTS, *MACHINES])
def test_each_planted_obstacle_is_named_before_the_start(name: str, found: Found) -> None:
    where, words = OBJECTS[name][1:] if name in OBJECTS else MACHINES[name]
    assert where in found, sorted(found)
    said = found[where]
    assert words in said["saw"] + said["next_move"]
    assert said["next_move"]


def test_an_upgrade_does_not_begin_over_them(lab: Lab, operator: Operator, spec: Path, found: Found) -> None:
    done = operator.run("upgrade", "apply", spec, "--yes", "--headless", *overruled("disk.room"))
    assert done.returncode == 3
    assert not list((operator.state / "snapshots").glob("before-*"))
