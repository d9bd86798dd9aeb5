"""Rancher brought about step by step: from nothing, from half of it, and from what another helm left."""

import itertools
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.rancher.conftest import RANCHER
from tests.unit.rancher.standin import Cluster, calls
from tests.unit.rke2.conftest import facts_of
from wizard.errors import BadSpec, LinkLost, StepFailed
from wizard.kube.door import door_at
from wizard.rancher import answers, ready, steps
from wizard.rancher.part import CA_CHANGES, IN_THE_CLEAR, notes
from wizard.rancher.secrets import PASSWORD
from wizard.whole import RANCHER_PART

PASSWORD_OF_OURS = "correct horse battery"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "AGAIN_S", 0.01)
    monkeypatch.setattr(answers, "AGAIN_S", 0.01)
    monkeypatch.setattr(steps, "READY_S", 0.3)
    monkeypatch.setattr(answers, "PING_S", 0.3)


def steps_of(site: Any) -> Any:
    return RANCHER_PART.stages(site)[0].steps


async def apply(site: Any, cluster: Cluster, told: list[str] | None = None) -> dict[str, str]:
    """Carry out the whole stage as the engine would; return how each step ended. `told` gets what was said."""
    RANCHER_PART.seal(site)
    ended = {}
    for step in steps_of(site):
        work, said = cluster.work(step)
        try:
            ended[step.key] = await step.carry_out(work)
        finally:
            if told is not None:
                told += said
    return ended


def looked_at(site: Any, cluster: Cluster) -> Any:
    site.survey.learn("cp-1", facts_of(cluster.facts()))
    return site


async def test_from_nothing_to_a_rancher_that_answers_and_then_nothing_is_left(make_site, cluster, helm: Path) -> None:
    site = make_site(RANCHER)
    assert RANCHER_PART.stages(site)[0].nodes == ("cp-1",)
    ended = await apply(site, cluster)
    assert ended == {
        "rancher-backup": "unchanged",
        "rancher-secrets": "done",
        "cert-manager": "done",
        "rancher": "done",
        "rancher-answers": "done",
    }
    assert [call["args"][2] for call in calls(helm)] == ["cert-manager", "rancher"]
    assert set((await apply(site, cluster)).values()) == {"unchanged"}
    assert len(calls(helm)) == 2
    assert RANCHER_PART.stages(looked_at(site, cluster))[0].batches == ()


async def test_a_balancer_that_stops_websockets_is_told_of(make_site, cluster, helm) -> None:
    site = make_site(RANCHER)
    RANCHER_PART.seal(site)
    *before, last = steps_of(site)
    for step in before:
        await step.carry_out(cluster.work(step)[0])
    cluster.sockets = "302"
    work, said = cluster.work(last)
    assert await last.carry_out(work) == "done"
    assert any("answers a websocket with 302: shells, logs and agents" in line for line in said)


async def test_helm_goes_through_a_tunnel_with_a_kubeconfig_that_is_gone_afterwards(make_site, cluster, helm) -> None:
    site = make_site(RANCHER)
    await apply(site, cluster)
    assert {call["server"] for call in calls(helm)} == {"https://127.0.0.1:46443"}
    assert {call["mode"] for call in calls(helm)} == {0o600}
    assert not (site.state / "helm").exists()


async def test_the_password_lies_in_its_secret_and_nowhere_else(make_site, cluster, helm, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD_OF_OURS + "\n")
    site = make_site(RANCHER.replace("}", ", bootstrap_password: {file: password}}"))
    await apply(site, cluster)
    assert "bootstrap-secret" in cluster.there["secrets"]
    assert PASSWORD_OF_OURS not in str(calls(helm)) + str(cluster.ran) + str(cluster.there["map"])


async def test_a_password_that_rancher_was_given_before_stays(make_site, cluster, helm) -> None:
    cluster.put(secrets={"bootstrap-secret": {"bootstrapPassword": "b2xk"}})
    await apply(make_site(RANCHER), cluster)
    assert cluster.there["secrets"]["bootstrap-secret"] == {"bootstrapPassword": "b2xk"}


def test_a_short_password_and_a_file_that_is_no_certificate_are_refused(make_site, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short")
    with pytest.raises(BadSpec, match="it has 5 characters"):
        RANCHER_PART.seal(make_site(RANCHER.replace("}", ", bootstrap_password: {file: password}}")))
    (tmp_path / "a.pem").write_text("hello")
    with pytest.raises(BadSpec, match=r"rancher\.certificate: .*no certificate in PEM form"):
        RANCHER_PART.seal(make_site(RANCHER.replace("}", ", tls: secret, certificate: a.pem, key: a.pem}")))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Error: INSTALLATION FAILED: context deadline exceeded", "not ready in time"),
        (
            'Error: failed calling webhook "webhook.cert-manager.io": connect: connection refused',
            "cert-manager's webhook",
        ),
        (
            "Error: chart requires kubeVersion: < 1.35.0-0 which is incompatible with Kubernetes v1.36.1",
            "another Kubern",
        ),
        ("Error: something that nobody has seen before", ""),
    ],
)
async def test_a_helm_that_fails_is_explained_and_the_next_apply_goes_on(make_site, cluster, helm, said, cause) -> None:
    (helm / "rancher.fails").write_text(said)
    site = make_site(RANCHER)
    with pytest.raises(StepFailed, match=r"helm could not install rancher 2\.13\.3") as raised:
        await apply(site, cluster)
    assert said in raised.value.message
    assert cause in raised.value.cause
    assert raised.value.hint
    ended = await apply(site, cluster)
    assert ended["cert-manager"] == "unchanged"
    assert ended["rancher"] == "done"


async def test_a_helm_of_ours_that_was_killed_half_way_is_unlocked_and_gone_on_with(make_site, cluster, helm) -> None:
    (helm / "rancher.fails").write_text("killed")
    site = make_site(RANCHER)
    with pytest.raises(StepFailed):
        await apply(site, cluster)
    assert cluster.there["revisions"]["rancher"][1] == "pending-install"
    assert (await apply(site, cluster))["rancher"] == "done"
    assert cluster.there["revisions"]["rancher"][:2] == [1, "deployed"]


async def test_the_helm_of_somebody_else_is_left_at_its_work(make_site, cluster, helm) -> None:
    cluster.put(revisions={"rancher": [4, "pending-upgrade", int(time.time()) - 60]})
    with pytest.raises(StepFailed, match=r"pending-upgrade for 1m 0.s, and not by this wizard"):
        await apply(make_site(RANCHER), cluster)
    cluster.put(revisions={"rancher": [4, "pending-upgrade", int(time.time()) - 7200]})
    assert (await apply(make_site(RANCHER), cluster))["rancher"] == "done"


async def test_a_link_that_drops_under_helm_is_told_as_such_and_nothing_is_delivered_twice(
    make_site, cluster, helm
) -> None:
    cluster.cuts = 1
    site = make_site(RANCHER)
    with pytest.raises(LinkLost):
        await apply(site, cluster)
    assert (await apply(site, cluster))["rancher"] == "done"


async def test_what_was_delivered_and_was_not_ready_is_waited_for_and_not_delivered_again(
    make_site, cluster, helm
) -> None:
    cluster.not_ready = {"rancher"}
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "rancher/rancher:v2.13.3"}}}
    cluster.pods = [{"metadata": {"name": "rancher-1"}, "status": {"containerStatuses": [waiting]}}]
    site = make_site(RANCHER)
    with pytest.raises(StepFailed, match=r"Rancher is not ready after .*rancher-1: ImagePullBackOff") as raised:
        await apply(site, cluster)
    assert "can not pull" in raised.value.cause
    cluster.not_ready, before = set(), len(calls(helm))
    assert (await apply(site, cluster))["rancher"] == "done"
    assert len(calls(helm)) == before


async def test_probes_that_end_a_slow_start_are_told_of_with_what_gives_it_time(make_site, cluster, helm) -> None:
    cluster.not_ready = {"rancher"}
    names = ("rancher-1", "rancher-webhook-1", "system-upgrade-controller-1")
    cluster.pods = [{"metadata": {"name": name}, "status": {"containerStatuses": []}} for name in names]
    failed = "Startup probe failed: Get http://10.42.0.7:80/healthz: connect: connection refused"
    cluster.events = [
        {"reason": "Unhealthy", "message": "Liveness probe failed", "involvedObject": {"name": "gone-1"}},
        {"reason": "Unhealthy", "message": "Readiness probe failed", "involvedObject": {"name": "rancher-1"}},
        {"reason": "Unhealthy", "message": failed, "involvedObject": {"name": "rancher-1"}},
    ]
    with pytest.raises(StepFailed, match="rancher-1: Startup probe failed") as raised:
        await apply(make_site(RANCHER), cluster)
    assert "slowly" in raised.value.cause
    assert "failureThreshold: 30" in raised.value.hint
    # Who else lives in the namespace, or Rancher's webhook, says nothing about Rancher's own start.
    cluster.events = [cluster.events[2] | {"involvedObject": {"name": "system-upgrade-controller-1"}}]
    with pytest.raises(StepFailed, match="Rancher is not ready") as raised:
        await apply(make_site(RANCHER), cluster)
    assert "probe" not in raised.value.what
    cluster.events = [cluster.events[0] | {"involvedObject": {"name": "rancher-webhook-1"}}]
    with pytest.raises(StepFailed, match="rancher-webhook-1: Startup probe failed") as raised:
        await apply(make_site(RANCHER), cluster)
    assert "slowly" not in raised.value.cause


@pytest.mark.parametrize("there", ["", "2.13.3"])
async def test_nothing_is_put_into_namespaces_that_are_being_deleted(make_site, cluster, helm, there: str) -> None:
    if there:
        await apply(make_site(RANCHER), cluster)
    before, cluster.ending = len(calls(helm)), ["cattle-system", "cattle-monitoring-system", "shop"]
    site = looked_at(make_site(RANCHER.replace("}", ", replicas: 2}")), cluster)
    assert [note for note in notes(site) if note.startswith("still being deleted: cattle-system. Wait a few minutes")]
    assert not steps_of(site)[0].settled("cp-1", site.survey)
    with pytest.raises(StepFailed, match="still being deleted: cattle-system") as raised:
        await apply(site, cluster)
    assert "rancher-cleanup" in raised.value.hint
    assert len(calls(helm)) == before


def test_where_tls_ends_before_the_cluster_the_open_port_is_told_of(make_site, helm) -> None:
    front = (
        "balancer: {kind: haproxy, nodes: [{name: lb, address: 10.0.0.2}], mode: http, hosts: [rancher.example.com]}\n"
    )
    assert notes(make_site(RANCHER.replace("}", ", tls: external}") + front)) == (IN_THE_CLEAR,)
    assert notes(make_site(RANCHER)) == ()


async def test_another_ca_is_told_of_before_agents_refuse_it(make_site, cluster, helm, tmp_path: Path) -> None:
    for name, kind in (("a.pem", "CERTIFICATE"), ("k.pem", "PRIVATE KEY"), ("ca.pem", "CERTIFICATE")):
        (tmp_path / name).write_text(f"-----BEGIN {kind}-----\n{name}\n-----END {kind}-----\n")
    await apply(make_site(RANCHER), cluster)
    ways = (
        "",
        ", tls: secret, certificate: a.pem, key: k.pem",
        ", tls: secret, certificate: a.pem, key: k.pem, private_ca: ca.pem",
    )
    for before, after in itertools.pairwise(ways):
        other = looked_at(make_site(RANCHER.replace("}", f"{after}}}")), cluster)
        same = looked_at(make_site(RANCHER.replace("}", f"{before}}}")), cluster)
        assert CA_CHANGES in notes(other)
        assert CA_CHANGES not in notes(same)
        await apply(other, cluster)
        assert CA_CHANGES not in notes(looked_at(other, cluster))


@pytest.mark.parametrize(
    ("version", "told"), [("v3.12.3", True), ("v3.19.5", False), ("v3.19", False), ("v9.0.0", False)]
)
async def test_a_helm_for_another_kubernetes_is_named_and_blamed(make_site, cluster, helm, version, told) -> None:
    (helm / "version").write_text(version)
    (helm / "rancher.fails").write_text("Error: something that nobody has seen before")
    site = make_site(RANCHER)
    said: list[str] = []
    with pytest.raises(StepFailed) as raised:
        await apply(site, cluster, said)
    unfit = "helm 3.12 is meant for Kubernetes v1.24 to v1.27, this is v1.34.2+rke2r1"
    assert (raised.value.cause == unfit, any(line.startswith(unfit) for line in said)) == (told, told)


async def test_another_value_is_another_delivery(make_site, cluster, helm) -> None:
    await apply(make_site(RANCHER), cluster)
    ended = await apply(make_site(RANCHER.replace("}", ", replicas: 2}")), cluster)
    assert (ended["cert-manager"], ended["rancher"]) == ("unchanged", "done")
    assert "replicas: 2" in calls(helm)[-1]["values"]


async def test_a_server_that_is_down_is_passed_over(make_site, cluster, helm) -> None:
    cluster.down = {"cp-1"}
    assert (await apply(make_site(RANCHER), cluster))["rancher"] == "done"
    assert {name for name, *_ in cluster.ran} == {"cp-2"}
    cluster.down = {"cp-1", "cp-2", "cp-3"}
    with pytest.raises(StepFailed, match="no server's API is ready"):
        await apply(make_site(RANCHER), cluster)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [("302 ", "does not believe the balancer"), ("404 nope", "knows no such name"), ("000 ", "No ingress controller")],
)
async def test_a_rancher_that_nobody_reaches_is_explained(make_site, cluster, helm, answer: str, cause: str) -> None:
    cluster.answers = lambda address: answer
    with pytest.raises(StepFailed, match=r"not reached as rancher\.example\.com") as raised:
        await apply(make_site(RANCHER), cluster)
    assert cause in raised.value.cause


async def test_one_node_that_answers_will_do_and_the_balancer_must(make_site, cluster, helm) -> None:
    cluster.answers = lambda address: "200 pong" if address == "10.0.0.21" else "000 "
    assert (await apply(make_site(RANCHER), cluster))["rancher-answers"] == "done"
    front = "balancer: {kind: haproxy, nodes: [{name: lb, address: 10.0.0.2}]}\n"
    with pytest.raises(StepFailed, match=r"10\.0\.0\.2: no answer"):
        await apply(make_site(RANCHER + front), cluster)


async def test_an_upgrade_is_backed_up_first_and_its_traps_are_named_before(make_site, cluster, helm) -> None:
    await apply(make_site(RANCHER), cluster)
    site = looked_at(make_site(RANCHER.replace("2.13.3", "2.14.4")), cluster)
    assert "an etcd snapshot is made first" in notes(site)[0]
    assert (await apply(site, cluster))["rancher-backup"] == "done"
    assert ("cp-1", "save_named", "before-rancher-2.14.4") in cluster.ran
    assert cluster.there["deployments"]["rancher"] == "rancher-2.14.4"


@pytest.mark.parametrize(
    ("there", "rke1", "wanted", "said"),
    [
        ("2.12.3", [], "2.14.4", "a minor would be left out"),
        ("2.14.4", [], "2.13.3", "is there, newer than 2.13.3"),
        ("2.12.12", ["old-one"], "2.13.3", "manages no RKE1 any more, and there is old-one"),
    ],
)
async def test_a_way_that_leads_nowhere_is_not_begun(make_site, cluster, helm, there, rke1, wanted, said) -> None:
    cluster.put(deployments={"rancher": f"rancher-{there}"}, revisions={"rancher": [1, "deployed", 0]})
    cluster.rke1 = rke1
    with pytest.raises(StepFailed, match=said):
        await apply(make_site(RANCHER.replace("2.13.3", wanted)), cluster)
    assert not calls(helm)


async def test_charts_by_rke2_itself_lie_on_every_server_that_is_up(make_site, cluster) -> None:
    cluster.down = {"cp-3"}
    names = ("rancher", "rancher-webhook", "cert-manager", "cert-manager-webhook", "cert-manager-cainjector")
    cluster.put(
        revisions={"rancher": [1, "deployed", 0], "cert-manager": [1, "deployed", 0]},
        deployments=dict.fromkeys(names, "rancher-2.13.3"),
    )
    site = make_site(RANCHER.replace("}", ", how: manifests}"))
    step = steps_of(site)[2]
    work, _ = cluster.work(step)
    door = door_at(site, cluster.host("cp-1"))
    state = await steps.look(door)
    assert await step.by.deliver(work, door, step.release, state) == 2
    assert {name for name, _ in cluster.files} == {"cp-1", "cp-2"}
    assert await step.by.deliver(work, door, step.release, state) == 1


def test_whatever_a_server_prints_is_read(make_site) -> None:
    site = make_site(RANCHER)
    lines = ["x.rancher.api=ready", "x.rancher.stamps=[1", "x.rancher.release=rancher x", "x.rancher.deployment=,,"]
    site.survey.learn("cp-1", facts_of(lines))
    assert RANCHER_PART.stages(site)[0].nodes == ("cp-1",)
    assert PASSWORD
