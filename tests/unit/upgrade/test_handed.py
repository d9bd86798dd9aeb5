"""A node in the controller's hands: begun, watched, and given back as it was where that goes wrong."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.unit.rke2.conftest import MakeSite
from wizard.errors import HostError, StepFailed
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.rollout.step import Step, Work
from wizard.site import Site
from wizard.upgrade.controller import watch
from wizard.upgrade.controller.node import Emptied, Freed, HandOver, Replaced, Returned
from wizard.upgrade.controller.plans import CORDONED, HANDED
from wizard.upgrade.controller.watch import Watch

VERSION, PLAN = "v1.34.2-rke2r1", "plan.upgrade.cattle.io/rancher-wizard-agents"


class Cluster:
    """What a server answers: one node, w-1, and what the controller has made of it."""

    def __init__(self) -> None:
        self.name = "cp-1"
        self.labels: dict[str, str | None] = {}
        self.notes: dict[str, str | None] = {}
        self.cordoned = False
        self.version = "v1.33.1+rke2r1"
        self.job = ""
        """complete, failed, running, or none of it."""
        self.drained: int | None = None
        self.refused = ""
        self.begins = True
        """Whether the controller takes up a node as soon as it is handed over."""
        self.down = 0
        """How many looks get no answer."""
        self.did: list[str] = []

    async def run(self, script: Script, *args: str, **more: Any) -> Result:
        if self.down and script.name == "watch_controller":
            self.down -= 1
            raise HostError("cp-1", "the connection dropped")
        return Result(0, tuple(self._seen() if script.name == "watch_controller" else self._kubectl(args)))

    def _seen(self) -> list[str]:
        handed, note = self.labels.get(HANDED) or "", self.notes.get(CORDONED) or ""
        lines = [f"plan|rancher-wizard-agents|{VERSION}|hash|{'False' if self.refused else 'True'}|{self.refused}"]
        cordoned = "true" if self.cordoned else ""
        if handed:
            lines.append(f"node|w-1|{cordoned}|{self.version}|True|{handed}|{note}||{self.labels.get(PLAN) or ''}")
        if self.job:
            complete, failed = ("True" if self.job == each else "" for each in ("complete", "failed"))
            lines.append(f"job|apply-w-1|w-1|{VERSION}|{complete}|{failed}|DeadlineExceeded it took too long")
            exit_status = "" if self.drained is None else self.drained
            lines.append(f"pod|apply-w-1-x|w-1|{VERSION}|drain={exit_status},now,;upgrade=,,PodInitializing;")
        return lines

    def _kubectl(self, args: tuple[str, ...]) -> list[str]:
        match args:
            case ("get", "node", *_):
                meta = {"labels": self.labels, "annotations": self.notes}
                return [json.dumps({"metadata": meta, "spec": {"unschedulable": self.cordoned}})]
            case ("get", "jobs", *_):
                return [json.dumps({"items": [{"metadata": {"name": "apply-w-1"}}] if self.job else []})]
            case ("delete", "job", *_):
                self.job = ""
            case ("patch", "node", "w-1", *rest):
                patch = json.loads(next(each for each in rest if each.startswith("--patch="))[8:])["metadata"]
                self.labels |= patch["labels"]
                self.notes |= patch["annotations"]
                if self.labels[HANDED] and self.begins:
                    self.job = "running"
            case ("cordon" | "uncordon" as verb, *_):
                self.cordoned = verb == "cordon"
            case ("logs", *_):
                return ["evicting pod shop/web", "Cannot evict pod as it would violate the pod's disruption budget."]
            case _:
                return ["ok"]
        self.did.append(" ".join(args[:2]))
        return ["ok"]


Go = Callable[[type[Step]], Awaitable[str]]


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr(watch, "AGAIN_S", 0.0)
    return Cluster()


@pytest.fixture
def go(site: Site, cluster: Cluster) -> Go:
    """Carries a step out on w-1."""

    async def carry_out(kind: Any) -> str:
        work = Work(
            node="w-1",
            host=cluster,  # type: ignore[arg-type]
            at=lambda name: cluster,  # type: ignore[arg-type, return-value]
            tell=lambda percent, doing: None,
            said=lambda line: None,
        )
        return str(await kind(site, Watch(("cp-1",))).carry_out(work))

    return carry_out


def handed(cluster: Cluster, job: str = "running", **more: Any) -> None:
    cluster.labels[HANDED], cluster.job = VERSION, job
    for name, value in more.items():
        setattr(cluster, name, value)


async def test_it_is_handed_over_by_a_label_and_only_once(go: Go, cluster: Cluster) -> None:
    assert await go(HandOver) == "done"
    assert cluster.labels == {HANDED: VERSION, PLAN: None}
    assert await go(HandOver) == "unchanged"
    assert cluster.did == ["patch node"]


async def test_a_job_that_failed_before_is_begun_anew(go: Go, cluster: Cluster) -> None:
    handed(cluster, "failed")
    assert await go(HandOver) == "done"
    assert (cluster.did, cluster.job) == (["delete job", "patch node"], "running")


async def test_one_that_went_back_to_an_older_release_is_taken_again(go: Go, cluster: Cluster) -> None:
    cluster.labels |= {HANDED: "v1.33.9-rke2r1", PLAN: "hash"}
    assert await go(HandOver) == "done"
    assert cluster.labels == {HANDED: VERSION, PLAN: None}


async def test_a_plan_that_the_controller_refuses_is_told_and_the_node_given_back(go: Go, cluster: Cluster) -> None:
    cluster.refused, cluster.begins = "spec.window is invalid", False
    with pytest.raises(StepFailed, match=r"refuses the plan: spec\.window is invalid"):
        await go(HandOver)
    assert cluster.labels[HANDED] is None


async def test_a_drain_that_ends_badly_gives_the_node_back_as_it_was(go: Go, cluster: Cluster) -> None:
    handed(cluster, drained=1, cordoned=True)
    with pytest.raises(StepFailed, match="exit status 1: Cannot evict pod as it would violate") as caught:
        await go(Emptied)
    assert "w-1 is as it was" in (caught.value.hint or "")
    assert (cluster.labels[HANDED], cluster.job, cluster.cordoned) == (None, "", False)


async def test_what_the_operator_had_cordoned_stays_so_through_failure_and_success(go: Go, cluster: Cluster) -> None:
    cluster.cordoned = True
    assert await go(HandOver) == "done"
    assert cluster.notes == {CORDONED: "before"}
    cluster.drained = 1
    with pytest.raises(StepFailed):
        await go(Emptied)
    assert cluster.cordoned
    assert await go(HandOver) == "done"
    cluster.job, cluster.cordoned, cluster.labels[PLAN] = "complete", False, "hash"
    assert await go(Freed) == "done"
    assert cluster.cordoned


async def test_what_a_former_attempt_cordoned_is_not_taken_for_the_operators(go: Go, cluster: Cluster) -> None:
    handed(cluster, "failed", cordoned=True)
    assert await go(HandOver) == "done"
    assert cluster.notes == {CORDONED: None}


async def test_each_state_ends_when_the_controller_has_come_so_far(go: Go, cluster: Cluster) -> None:
    handed(cluster, drained=0, down=2)
    assert await go(Emptied) == "done"
    cluster.job = "complete"
    assert await go(Replaced) == "done"
    cluster.version = "v1.34.2+rke2r1"
    assert await go(Returned) == "done"
    cluster.labels[PLAN] = "hash"
    assert await go(Freed) == "done"
    assert cluster.did == []


@pytest.mark.parametrize(("job", "said"), [("failed", "DeadlineExceeded it took too long"), ("", "was taken away")])
async def test_a_job_that_fails_or_goes_is_named_and_the_node_given_back(
    go: Go, cluster: Cluster, job: str, said: str
) -> None:
    handed(cluster, job, cordoned=True)
    with pytest.raises(StepFailed, match=said):
        await go(Replaced)
    assert (cluster.labels[HANDED], cluster.cordoned) == (None, False)
