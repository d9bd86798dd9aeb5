"""What the API's answers come to, whatever stands in them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wizard.migrate.ask import KINDS, Answers
from wizard.migrate.inventory import gone, inventory
from wizard.migrate.moves import moves


def workload(name: str, space: str = "shop", kind: str = "Deployment", **pod: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": space}, "spec": {"template": {"spec": pod}}}


ROLE = "node-role.kubernetes.io/{}"
HOST = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["w1"]}
AFFINITY = {"required": {"nodeSelectorTerms": [{"matchExpressions": [HOST]}]}}
SAID = Answers(
    {
        "nodes": [
            {
                "metadata": {"name": "w1", "labels": {"disk": "ssd", "kubernetes.io/os": "linux"}},
                "spec": {"taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}]},
                "status": {
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "nodeInfo": {"kubeletVersion": "v1.30.14", "containerRuntimeVersion": "docker://27.5.1"},
                    "capacity": {"cpu": "4", "memory": "8Gi"},
                    "addresses": [{"type": "InternalIP", "address": "10.64.0.9"}],
                },
            }
        ],
        "storageclasses": [
            {
                "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                "provisioner": "driver.longhorn.io",
            }
        ],
        "volumes": [
            {
                "metadata": {"name": "pv-1"},
                "spec": {
                    "local": {"path": "/data"},
                    "capacity": {"storage": "5Gi"},
                    "claimRef": {"namespace": "shop", "name": "db"},
                    "nodeAffinity": AFFINITY,
                },
            },
            {"metadata": {"name": "pv-2"}, "spec": {"hostPath": {"path": "/srv"}}},
            {"metadata": {"name": "pv-3"}, "spec": {"csi": {"driver": "driver.longhorn.io"}}},
        ],
        "deployments": [
            workload("pinned", nodeSelector={"kubernetes.io/hostname": "w1"}),
            workload(
                "sticky",
                affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": AFFINITY["required"]}},
            ),
            workload("builder", volumes=[{"hostPath": {"path": "/var/run/docker.sock"}}]),
            workload("coredns", "kube-system"),
            workload("rancher", "cattle-system", containers=[{"image": "rancher/rancher:v2.11.3"}]),
        ],
        "budgets": [
            {"metadata": {"name": "db", "namespace": "shop"}, "status": {"disruptionsAllowed": 0, "expectedPods": 1}},
            {"metadata": {"name": "web", "namespace": "shop"}, "status": {"disruptionsAllowed": 1, "expectedPods": 2}},
        ],
        "crds": [{"spec": {"group": "longhorn.io"}}, {"spec": {"group": "crd.projectcalico.org"}}],
        "validating": [{"metadata": {"name": "gate"}, "webhooks": [{"failurePolicy": "Fail"}]}],
        "mutating": [{"metadata": {"name": "soft"}, "webhooks": [{"failurePolicy": "Ignore"}]}],
        "services": [
            {
                "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"type": "NodePort", "ports": [{"nodePort": 30080}]},
            }
        ],
        "ingresses": [
            {
                "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example.com"}]},
            },
            {
                "metadata": {
                    "name": "old",
                    "namespace": "shop",
                    "annotations": {"kubernetes.io/ingress.class": "inner"},
                },
            },
            {"metadata": {"name": "bare", "namespace": "shop"}},
        ],
        "classes": [{"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}],
        "statefulsets": [
            workload("db", kind="StatefulSet", tolerations=[{"key": ROLE.format("controlplane"), "operator": "Exists"}])
        ],
        "daemonsets": [workload("agent", kind="DaemonSet"), workload("canal", "kube-system", kind="DaemonSet")],
        "cronjobs": [
            {
                "metadata": {"name": "nightly", "namespace": "shop"},
                "spec": {"schedule": "0 3 * * *", "suspend": True},
            },
        ],
        "jobs": [
            {"metadata": {"name": "import", "namespace": "shop"}, "status": {"active": 1}},
            {
                "metadata": {"name": "nightly-1", "namespace": "shop", "ownerReferences": [{"kind": "CronJob"}]},
                "status": {"active": 1},
            },
            {
                "metadata": {"name": "done", "namespace": "shop"},
                "status": {"conditions": [{"type": "Complete", "status": "True"}]},
            },
        ],
        "policies": [
            {"metadata": {"name": "deny", "namespace": "shop"}},
            {"metadata": {"name": "own", "namespace": "kube-system"}},
        ],
        "podsecurity": [{"metadata": {"name": "restricted"}}],
        "releases": [
            {"metadata": {"namespace": "shop", "name": "web"}, "revision": revision, "status": status}
            for revision, status in (("9", "superseded"), ("10", "deployed"))
        ],
    }
)
SAID.objects["statefulsets"][0]["spec"] |= {
    "replicas": 3,
    "volumeClaimTemplates": [
        {
            "metadata": {"name": "data"},
            "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "5Gi"}}},
        }
    ],
}
SAID.objects["deployments"][0]["spec"]["template"]["spec"]["nodeSelector"][ROLE.format("worker")] = "true"
SAID.objects["deployments"][0]["metadata"] |= {
    "labels": {"helm.sh/chart": "web-1.2.3"},
    "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
}


def test_all_that_a_move_must_mind_is_found() -> None:
    found = inventory(SAID)
    (member,) = found.members
    assert (member.ready, member.runtime, member.labels) == (True, "docker://27.5.1", ("disk=ssd",))
    assert found.storage_classes == ("fast (driver.longhorn.io, default)",)
    assert [(volume.name, volume.node) for volume in found.on_nodes] == [("pv-1", "w1"), ("pv-2", "")]
    assert [one.name for one in found.pinned] == ["Deployment shop/pinned", "Deployment shop/sticky"]
    assert [one.name for one in found.docker] == ["Deployment shop/builder"]
    assert (found.budgets, found.webhooks, found.crds) == (("shop/db",), ("gate (1)",), {"longhorn.io": 1})
    assert (found.rancher, found.hosts) == ("v2.11.3", ("shop.example.com",))
    assert found.balancers == ("shop/web (NodePort, 30080)",)
    assert found.addons == ("DaemonSet kube-system/canal", "Deployment kube-system/coredns")
    assert found.workloads == {"shop": 5, "cattle-system": 1}
    assert found.addresses == ("10.64.0.9",)


def test_kind_by_kind_it_is_told_what_there_is_what_it_becomes_and_the_way_back() -> None:
    found = inventory(SAID)
    assert {thing.kind: thing.items for thing in found.things} == {
        "roles": (
            f"Deployment shop/pinned: {ROLE.format('worker')}",
            f"StatefulSet shop/db: {ROLE.format('controlplane')}",
        ),
        "statefulsets": ("shop/db (replicas: 3; claims data 5Gi of class fast)",),
        "daemonsets": ("shop/agent",),
        "cronjobs": ("shop/nightly (0 3 * * *, suspended)",),
        "jobs": ("shop/import",),
        "ingresses": (
            "no class: shop/bare",
            "class inner: shop/old",
            "class nginx (k8s.io/ingress-nginx): shop/web",
        ),
        "policies": ("shop: deny",),
        "podsecurity": ("restricted",),
        "releases": ("shop/web (chart web-1.2.3, revision 10, deployed)",),
    }
    assert all(thing.title and thing.becomes and thing.back for thing in found.things)
    assert inventory(Answers()).things == ()


def test_a_rancher_whose_image_is_pinned_by_its_digest_is_known_by_its_chart() -> None:
    rancher = workload("rancher", "cattle-system", containers=[{"image": "r.lan/rancher/rancher@sha256:12"}])
    assert inventory(Answers({"deployments": [rancher]})).rancher == "of an unknown version"
    rancher["metadata"]["labels"] = {"chart": "rancher-2.11.4"}
    assert inventory(Answers({"deployments": [rancher]})).rancher == "v2.11.4"


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
WORDS = """metadata name namespace labels spec status template nodeSelector affinity volumes hostPath path webhooks
claimRef conditions type csi driver rules host ports group containers image annotations values key nodeAffinity
required ingressClassName schedule jobTemplate tolerations ownerReferences volumeClaimTemplates revision"""
KEYS = st.sampled_from(WORDS.split())
ANY = st.recursive(
    SCALARS, lambda each: st.one_of(st.lists(each, max_size=3), st.dictionaries(KEYS, each, max_size=5)), max_leaves=12
)


@given(st.dictionaries(st.sampled_from([*KINDS, "releases"]), st.lists(ANY, max_size=3)))
def test_nothing_that_an_api_says_makes_it_fall_over(said: dict[str, Any]) -> None:
    inventory(Answers(said))


def test_apis_that_end_between_two_minors_are_named_and_no_others() -> None:
    assert gone("v1.30.14-rancher1-1", "v1.31.0+rke2r1") == ()
    assert len(gone("v1.24.17-rancher1-1", "v1.25.0+rke2r1")) == 5


def test_each_move_has_a_proof_and_a_way_back_and_only_what_is_there_is_moved(old) -> None:
    full, bare = moves(old, inventory(SAID), ()), moves(old, inventory(Answers()), ())
    assert all(move.do and move.prove and move.back for move in (*full, *bare))
    titles = [move.title for move in full]
    assert [title for title in titles if title.startswith("Balancer")] == [
        "Balancer, step 1 of 3: 10 % of users to the new cluster",
        "Balancer, step 2 of 3: 50 % of users to the new cluster",
        "Balancer, step 3 of 3: 100 % of users to the new cluster",
    ]
    assert titles[0].startswith("Back up")
    assert "Move Rancher v2.11.3" in titles
    assert not any(move.title.startswith("Move Rancher") for move in bare)
    text = str(full)
    for word in ("shop/db", "w1", "gate", "longhorn.io", "docker.sock", "shop.example.com", "NodePort", "weight 90"):
        assert word in text, word
    for line in ("CronJob shop/nightly (0 3 * * *, suspended): ", "Job shop/import runs: ", "policy restricted: "):
        assert line in text, line
    assert "Release shop/web (chart web-1.2.3, revision 10, deployed): " in text
