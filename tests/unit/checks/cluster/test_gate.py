"""Each obstacle that is planted in a well cluster is named, with its node, and nothing else is."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import HEAD, NODES
from wizard.checks.cluster.certificate import Certificate, certificate
from wizard.checks.cluster.gate import Case, Used, judge
from wizard.checks.cluster.interface import removed_versions
from wizard.checks.cluster.known import GATES
from wizard.checks.cluster.reading import quantity, take
from wizard.checks.cluster.seen import Live
from wizard.checks.finding import Finding
from wizard.hosts.facts import read_facts
from wizard.spec.load import read_spec

SERVERS, AGENTS = ("cp-1", "cp-2", "cp-3"), ("w-1", "w-2")
Change = Callable[[Case], None]


def node(
    name: str,
    *,
    cordoned: str = "",
    conditions: str = "Ready=True",
    room: str = '"cpu":"8"',
    version: str = "v1.34.2+rke2r1",
) -> str:
    server = name.startswith("cp")
    labels = '{"node-role.kubernetes.io/etcd":"true"}' if server else "{}"
    voter = " EtcdIsVoter=True" if server and "EtcdIsVoter" not in conditions else ""
    return f'node|{name}|{cordoned}|{conditions}{voter}|{{{room},"memory":"16Gi"}}|{labels}|{version}'


def pod(name: str, at: str = "w-1", **more: str) -> str:
    """A pod of a Deployment as look_cluster prints it; `more` replaces fields."""
    fields = {
        "namespace": "shop",
        "name": name,
        "node": at,
        "phase": "Running",
        "kind": "ReplicaSet",
        "owner": "web-5c8f",
        "ending": "",
        "grace": "30",
        "mirror": "",
        "ready": "True",
        "empty": "",
        "claims": "",
        "selector": "",
        "asks": '{"cpu":"100m","memory":"128Mi"}',
        "labels": '{"app":"web"}',
        "waiting": "",
        "paths": "",
    } | more
    return "pod|" + "|".join(fields.values())


def budget(name: str, app: str, *, allowed: int, healthy: int = 2, desired: int = 1, wants: str = "1|") -> str:
    """A PodDisruptionBudget over the pods of `app`, two of which are expected."""
    chosen = f'{{"matchLabels":{{"app":"{app}"}}}}'
    return f"budget|shop|{name}|{allowed}|{healthy}|{desired}|2|{wants}||{chosen}"


WELL = (
    *(node(name) for name in (*SERVERS, *AGENTS)),
    pod("web-a", "w-1"),
    pod("web-b", "w-2"),
    pod("canal-x", "w-1", kind="DaemonSet", owner="canal"),
    pod("etcd-cp-1", "cp-1", kind="Node", owner="cp-1", mirror="abc"),
    pod("migrate", "w-1", kind="Job", owner="migrate", phase="Succeeded"),
    budget("web", "web", allowed=1),
    "webhook|policy|Fail guard guard pods ;Ignore guard gone pods ;",
    "endpoint|guard|guard|true w-1;true w-2;",
    "apiservice|v1beta1.metrics.k8s.io|True|all checks passed",
    "crd|widgets.example.com|v1|v1",
    "deployment|cattle-system|rancher|rancher-2.13.3|",
    "deployment|cert-manager|cert-manager||v1.20.3",
    "chart|kube-system|helm-install-rke2-canal||rke2-canal",
    "ok|pod",
    "and what a shell may print beside",
)


def case(*, upgrade: str = "", lines: tuple[str, ...] = ()) -> Case:
    spec = read_spec((HEAD + NODES + upgrade).encode(), name="cluster.yaml").spec
    live = Live()
    for line in (*WELL, *lines):
        take(live, line)
    facts = {name: read_facts(["mount=ext4 40000 30000 rw /"]) for name in (*SERVERS, *AGENTS)}
    found = Case(spec, (1, 34), (*SERVERS, *AGENTS), live, facts=facts)
    found.etcd_bytes = dict.fromkeys(SERVERS, 50e6)
    found.certificates = {name: (paper("server", days=300),) for name in SERVERS}
    return found


def paper(name: str, *, days: int, authority: bool = False) -> Certificate:
    return Certificate(f"/tls/{name}.crt", f"CN={name}", authority, datetime.now(UTC) + timedelta(days=days, hours=1))


def not_well(found: Case) -> dict[tuple[str, str], Finding]:
    return {
        (name, each.check): each for name, said in judge(found, GATES).items() for each in said if each.verdict != "ok"
    }


def test_a_well_cluster_passes_with_nothing_in_the_way() -> None:
    assert not_well(case()) == {}
    assert {each.check.id for each in GATES} == {each.check for said in judge(case(), GATES).values() for each in said}


def test_a_server_of_a_release_without_a_word_for_votes_is_taken_for_a_voter() -> None:
    found = case()
    for name in SERVERS:
        old = node(name, version="v1.24.17+rke2r1").replace(" EtcdIsVoter=True", "")
        assert "EtcdIsVoter" not in old
        fresh(old)(found)
    assert not_well(found) == {}
    fresh(old.replace("v1.24.17", "v1.34.2"))(found)
    assert set(not_well(found)) == {(SERVERS[-1], "upgrade.members")}


def test_plans_of_the_wizards_own_are_in_nobodys_way() -> None:
    lines = tuple(f"plan|system-upgrade|rancher-wizard-{role}|v1.35|" for role in ("servers", "agents"))
    assert not_well(case(lines=lines)) == {}


def fresh(line: str) -> Change:
    """Have the cluster tell another thing of a node."""

    def change(found: Case) -> None:
        name = line.split("|")[1]
        found.live.members = [each for each in found.live.members if each.name != name]
        take(found.live, line)

    return change


def having(**values: object) -> Change:
    def change(found: Case) -> None:
        for key, value in values.items():
            setattr(found, key, value)

    return change


def forget(name: str) -> Change:
    def change(found: Case) -> None:
        found.live.members = [each for each in found.live.members if each.name != name]

    return change


def db(at: str, **more: str) -> str:
    """One of two pods that are no part of the web."""
    return pod(f"db-{at}", at, kind="StatefulSet", owner="db", labels='{"app":"db"}', **more)


BETA = Used("policy/v1beta1", "poddisruptionbudgets", (1, 25))
OBSTACLES: list[tuple[str, tuple[str, ...], Change, str, set[tuple[str, str]], str]] = [
    ("node not ready", (), fresh(node("w-2", conditions="Ready=False")), "", {("w-2", "nodes")}, "not Ready"),
    ("node unknown", (), forget("w-2"), "", {("w-2", "nodes")}, "the cluster does not know it"),
    (
        "node short of disk",
        (),
        fresh(node("w-1", conditions="Ready=True DiskPressure=True")),
        "",
        {("w-1", "pressure")},
        "under DiskPressure",
    ),
    ("node cordoned", (), fresh(node("w-2", cordoned="true")), "", {("w-2", "cordoned")}, "cordoned"),
    ("node of nobody", (node("w-9"),), having(), "", {("cp-1", "strangers")}, "not in the spec: w-9"),
    (
        "server that does not vote",
        (),
        fresh(node("cp-2", conditions="Ready=True EtcdIsVoter=False")),
        "",
        {("cp-2", "members")},
        "no voting member",
    ),
    (
        "member left over",
        (node("cp-9"),),
        having(),
        "",
        {("cp-1", "members"), ("cp-1", "strangers")},
        "etcd runs on cp-9 too",
    ),
    ("etcd full", (), having(etcd_bytes={"cp-3": 1.9e9}), "", {("cp-3", "etcd_size")}, "1.8 GiB of 2"),
    (
        "no room for the snapshot",
        (),
        having(etcd_bytes={"cp-1": 1.5e9}, facts={"cp-1": read_facts(["mount=ext4 40000 2000 rw /"])}),
        "",
        {("cp-1", "snapshot_room")},
        "2000 MiB free",
    ),
    (
        "certificate expired",
        (),
        having(certificates={"cp-2": (paper("kube-proxy", days=-3), paper("server-ca", days=3000, authority=True))}),
        "",
        {("cp-2", "certificates")},
        "kube-proxy has expired",
    ),
    (
        "authority at its end",
        (),
        having(certificates={"cp-2": (paper("server", days=9), paper("server-ca", days=20, authority=True))}),
        "",
        {("cp-2", "certificates")},
        "authority server-ca ends in 20 days",
    ),
    ("upgrade plan", ("plan|system-upgrade|agents|v1.35|w-1",), having(), "", {("cp-1", "plans")}, "at work on w-1"),
    (
        "chart that failed",
        ("chart|kube-system|helm-install-rke2-coredns|True|rke2-coredns",),
        having(),
        "",
        {("cp-1", "charts")},
        "rke2-coredns has failed",
    ),
    (
        "rancher too old",
        ("deployment|cattle-system|rancher|rancher-2.9.3|",),
        having(),
        "",
        {("cp-1", "rancher")},
        "Rancher 2.9.3 is for Kubernetes",
    ),
    (
        "cert-manager too old",
        ("deployment|cert-manager|cert-manager||v1.18.6",),
        having(),
        "",
        {("cp-1", "cert_manager")},
        "cert-manager v1.18.6",
    ),
    (
        "rancher older than all that are known",
        ("deployment|cattle-system|rancher|rancher-2.6.13|",),
        having(),
        "",
        {("cp-1", "rancher")},
        "Rancher 2.6.13 is older than any",
    ),
    (
        "cert-manager older than all that are known",
        ("deployment|cert-manager|cert-manager||v1.11.0",),
        having(),
        "",
        {("cp-1", "cert_manager")},
        "cert-manager v1.11.0 is older than any",
    ),
    ("removed API in use", (), having(used={"cp-2": [BETA]}), "", {("cp-2", "api_used")}, "Use policy/v1."),
    (
        "removed API in objects",
        ("wrote|cronjobs.batch|shop|night|batch/v1beta1 batch/v1",),
        having(),
        "",
        {("cp-1", "api_stored")},
        "shop/night (cronjobs.batch by batch/v1beta1)",
    ),
    (
        "version that is not served",
        ("crd|gears.example.com|v1alpha1 v1|v1",),
        having(),
        "",
        {("cp-1", "crd_versions")},
        "gears.example.com (v1alpha1)",
    ),
    (
        "webhook that nobody answers",
        ("webhook|old|Fail gone gone pods ;", "endpoint|gone|gone|false w-1;"),
        having(),
        "",
        {("cp-1", "webhooks")},
        "behind gone/gone",
    ),
    (
        "webhook on one node",
        ("webhook|lone|Fail lone lone pods ;", "endpoint|lone|lone|true w-2;"),
        having(),
        "",
        {("w-2", "webhook_alone")},
        "answers from w-2 alone",
    ),
    (
        "API that does not answer",
        ("apiservice|v1.custom.io|False|no endpoints",),
        having(),
        "",
        {("cp-1", "apiservices")},
        "v1.custom.io does not answer: no endpoints",
    ),
    (
        "budget that never lets go",
        (db("w-1"), db("w-2"), budget("tight", "db", allowed=0, desired=2, wants="|0")),
        having(),
        "",
        {("w-1", "budget"), ("w-2", "budget")},
        "It never lets a pod go",
    ),
    (
        "budget that is used up",
        (db("w-1"), db("w-2"), budget("used", "db", allowed=0, healthy=1)),
        having(),
        "",
        {("w-1", "budget"), ("w-2", "budget")},
        "Wait until the pods of shop are healthy",
    ),
    (
        "two budgets over one pod",
        (db("w-1"), db("w-2"), budget("one", "db", allowed=1), budget("two", "db", allowed=1)),
        having(),
        "",
        {("w-1", "two_budgets"), ("w-2", "two_budgets")},
        "under one and two",
    ),
    (
        "pod of nobody",
        (pod("debug", "w-2", kind="", owner=""),),
        having(),
        "",
        {("w-2", "no_controller")},
        "no controller brings it back",
    ),
    (
        "pod of nobody that may be deleted",
        (pod("debug", "w-2", kind="", owner=""),),
        having(),
        "upgrade: {force: true}\n",
        {("w-2", "no_controller")},
        "deleted for good",
    ),
    (
        "data in emptyDir",
        (pod("cache", "w-2", empty='{} {"medium":"Memory"}'),),
        having(),
        "upgrade: {delete_emptydir_data: false}\n",
        {("w-2", "empty_dir")},
        "shop/cache keeps data",
    ),
    (
        "data on one node",
        (db("w-1", claims="data-0"), db("w-2"), "volume|shop|data-0|/mnt/disk|w-1"),
        having(),
        "",
        {("w-1", "local_data")},
        "on w-1 alone",
    ),
    (
        "pod bound to its node",
        (pod("web-c", "w-2", selector='{"kubernetes.io/hostname":"w-2"}'),),
        having(),
        "",
        {("w-2", "pinned")},
        "bound to w-2",
    ),
    ("single replica", (db("w-2"),), having(), "", {("w-2", "single")}, "1 runs once"),
    ("job at work", (pod("night", "w-1", kind="Job", owner="n"),), having(), "", {("w-1", "jobs")}, "is at work"),
    (
        "pod that hangs",
        (pod("web-c", "w-2", ending="2026-01-01T00:00:00Z"),),
        having(),
        "",
        {("w-2", "ending")},
        "ending",
    ),
    ("pod that takes long", (pod("web-c", "w-2", grace="3600"),), having(), "", {("w-2", "grace")}, "3600 s to end"),
    (
        "no room elsewhere",
        (pod("web-c", "w-2", asks='{"cpu":"39"}'),),
        having(),
        "",
        {("w-2", "room")},
        "ask for 39.1 of CPUs",
    ),
    (
        "pod that does not run",
        (pod("web-c", "w-2", waiting="CrashLoopBackOff"),),
        having(),
        "",
        {("cp-1", "unwell")},
        "shop/web-c (CrashLoopBackOff)",
    ),
    (
        "kind that can't be read",
        ("failed|budget|Error from server (Forbidden)",),
        having(),
        "",
        {("cp-1", "budget"), ("cp-1", "two_budgets")},
        "budget: Error from server (Forbidden)",
    ),
]


@pytest.mark.parametrize(
    ("lines", "change", "upgrade", "where", "words"), [row[1:] for row in OBSTACLES], ids=[row[0] for row in OBSTACLES]
)
def test_an_obstacle_is_named_and_nothing_else(
    lines: tuple[str, ...], change: Change, upgrade: str, where: set[tuple[str, str]], words: str
) -> None:
    found = case(upgrade=upgrade, lines=lines)
    change(found)
    said = not_well(found)
    assert set(said) == {(name, f"upgrade.{check}") for name, check in where}
    assert any(words in each.saw + each.next_move for each in said.values())
    assert all(each.next_move for each in said.values())


def test_what_an_upgrade_left_half_way_does_not_keep_it_from_going_on() -> None:
    found = case()
    fresh(node("w-2", conditions="Ready=False"))(found)
    found.half_way = frozenset(("w-2",))
    assert not_well(found)["w-2", "upgrade.nodes"].verdict == "warn"


def test_a_pod_that_is_not_ready_may_go_where_the_budget_says_so() -> None:
    sick, well = db("w-1", ready="False"), db("w-2")
    held = budget("b", "db", allowed=0, healthy=1)
    assert set(not_well(case(lines=(sick, well, held)))) == {("w-2", "upgrade.budget")}


@pytest.mark.parametrize(
    ("rule", "covers"),
    [
        ('{"key":"app","operator":"In","values":["web","db"]}', True),
        ('{"key":"app","operator":"NotIn","values":["web"]}', False),
        ('{"key":"tier","operator":"Exists"}', False),
        ('{"key":"tier","operator":"DoesNotExist"}', True),
    ],
)
def test_a_budget_selects_as_kubernetes_does(rule: str, covers: bool) -> None:
    live = Live()
    take(live, pod("web-a"))
    take(live, f'budget|shop|b|0|1|1|1|1|||{{"matchExpressions":[{rule}]}}')
    take(live, "budget|other|b|0|1|1|1|1|||{}")
    assert [each.covers(live.pods[0]) for each in live.budgets] == [covers, False]


@given(st.text(), st.sampled_from([*WELL, "failed|pod|no"]), st.integers(min_value=0, max_value=400))
def test_whatever_a_server_prints_is_no_fault_of_ours(text: str, line: str, cut: int) -> None:
    live = Live()
    take(live, text)
    take(live, line[:cut] + text)
    take(live, f"pod|{text}")


@pytest.mark.parametrize(
    ("text", "value"), [("100m", 0.1), ("2", 2.0), ("512Mi", 512 * 2**20), ("1G", 1e9), ("?", 0.0)]
)
def test_amounts_are_read_as_kubernetes_writes_them(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


def test_what_the_target_does_not_serve_is_known_by_its_versions() -> None:
    assert removed_versions((1, 31)).keys() >= {"flowcontrol.apiserver.k8s.io/v1beta2", "policy/v1beta1"}
    assert "flowcontrol.apiserver.k8s.io/v1beta3" not in removed_versions((1, 31))


def test_a_certificate_is_read_and_what_is_none_is_not() -> None:
    key, moment = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 1, 1, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rke2-server-ca")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()
    found = certificate(f"/var/lib/rancher/rke2/server/tls/server-ca.crt|{text}")
    assert found is not None
    assert (found.name, found.authority, found.days_left(moment)) == ("server-ca", True, 10)
    assert certificate("/x.crt|" + text[:-9]) is None
    assert certificate("no line of ours") is None
