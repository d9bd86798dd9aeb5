"""A small rollout, written by the real journal as the engine writes it: 3 servers and 8 agents."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wizard.rollout import events as ev
from wizard.rollout import journal
from wizard.rollout.process import JOURNAL

BEGIN = 1_764_000_000.0  # 2025-11-24 16:00 UTC
SERVERS = ("cp-1", "cp-2", "cp-3")
AGENTS = tuple(f"worker-{number}" for number in range(1, 9))
STEPS = (
    ev.StepOutline(key="prepare", title="Prepare the host", expected_s=10),
    ev.StepOutline(key="config", title="Write config.yaml", expected_s=2),
    ev.StepOutline(key="install", title="Install RKE2", expected_s=60),
    ev.StepOutline(key="start", title="Start the service", expected_s=90),
    ev.StepOutline(key="ready", title="Wait until Ready", expected_s=40),
)


def stage(key: str, title: str, noun: str, *batches: tuple[str, ...]) -> ev.StageOutline:
    return ev.StageOutline(key=key, title=title, noun=noun, batches=batches, steps=STEPS)


STAGES = (
    stage("first", "First server", "servers", ("cp-1",)),
    stage("servers", "Further servers", "servers", ("cp-2",), ("cp-3",)),
    stage("agents", "Agents", "agents", AGENTS[:2], AGENTS[2:4], AGENTS[4:6], AGENTS[6:]),
)


class Run:
    """A run's folder, its journal, and the clock that stamps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = BEGIN
        self._journal = journal.Journal(folder / JOURNAL)

    def now(self) -> float:
        return self.at

    def write(self, event: ev.Event, *, after_s: float = 0.0) -> None:
        """Journal `event`, `after_s` seconds after the one before."""
        self.at += after_s
        self._journal.write(event)

    def begin(self, *stages: ev.StageOutline, cluster: str = "prod", simulated: bool = False) -> None:
        self.write(
            ev.RolloutStarted(cluster=cluster, run="1", digest="d", stages=stages or STAGES, simulated=simulated, pid=1)
        )

    def batch(self, key: str, number: int, nodes: tuple[str, ...]) -> None:
        if number == 1:
            self.write(ev.StageStarted(stage=key))
        self.write(ev.BatchStarted(stage=key, number=number, nodes=nodes))

    def steps(self, key: str, node: str, *, until: int = len(STEPS)) -> None:
        """Carry out the first `until` steps of `node`, and end it after the last."""
        for step in STEPS[:until]:
            self.write(ev.StepStarted(stage=key, node=node, step=step.key))
            self.said(node, f"{step.title.lower()} on {node}")
            self.write(
                ev.StepEnded(stage=key, node=node, step=step.key, outcome="done", took_s=step.expected_s),
                after_s=step.expected_s,
            )
        if until == len(STEPS):
            self.write(ev.NodeEnded(stage=key, node=node, outcome="done"))

    def start(self, key: str, node: str, step: int, *, percent: int = 0, doing: str = "") -> None:
        self.write(ev.StepStarted(stage=key, node=node, step=STEPS[step].key))
        if doing:
            self.write(
                ev.StepProgress(stage=key, node=node, step=STEPS[step].key, percent=percent, doing=doing), after_s=8
            )

    def said(self, node: str, *lines: str) -> None:
        self.write(ev.NodeOutput(node=node, lines=lines))

    def fail(self, key: str, node: str, step: int, *, saw: str, cause: str = "", next_move: str = "") -> None:
        self.write(
            ev.StepEnded(
                stage=key,
                node=node,
                step=STEPS[step].key,
                outcome="failed",
                took_s=31,
                saw=saw,
                cause=cause,
                next_move=next_move,
            ),
            after_s=31,
        )
        self.write(ev.NodeEnded(stage=key, node=node, outcome="failed"))

    def to_agents(self) -> None:
        """Bring all servers up, and the first batch of agents; the second one begins."""
        self.begin()
        self.batch("first", 1, ("cp-1",))
        self.steps("first", "cp-1")
        self.write(ev.StageEnded(stage="first"))
        for number, name in enumerate(SERVERS[1:], 1):
            self.batch("servers", number, (name,))
            self.steps("servers", name)
        self.write(ev.StageEnded(stage="servers"))
        self.batch("agents", 1, AGENTS[:2])
        self.steps("agents", "worker-1")
        self.write(ev.NodeEnded(stage="agents", node="worker-2", outcome="unchanged"))
        self.batch("agents", 2, AGENTS[2:4])

    def running(self) -> None:
        """Two agents under way, one of them out of reach."""
        self.to_agents()
        self.steps("agents", "worker-3", until=2)
        self.steps("agents", "worker-4", until=3)
        self.start("agents", "worker-3", 2, percent=45, doing="importing images, 4 of 9")
        self.said("worker-3", *SAID)
        self.start("agents", "worker-4", 3)
        self.write(ev.NodeWaiting(node="worker-4", awaited="ssh on 10.0.0.14:22", until=self.at + 900), after_s=12)

    def failed(self) -> None:
        """One agent failed, the rollout held."""
        self.to_agents()
        self.steps("agents", "worker-3")
        self.steps("agents", "worker-4", until=2)
        self.start("agents", "worker-4", 2)
        self.said("worker-4", *SAID[:2], "[ERROR] tar: write error: No space left on device")
        self.fail(
            "agents",
            "worker-4",
            2,
            saw="exit 2: tar: write error: No space left on device",
            cause="The file system of /var/lib/rancher is full: 212 MiB free, the images need 4 GiB.",
            next_move="Free 4 GiB in /var/lib/rancher, then press r.",
        )
        self.write(ev.Held(why="Agents: more nodes failed than this stage allows", until=self.at + 1800), after_s=2)

    def done(self) -> None:
        """Everything carried out."""
        self.to_agents()
        for number, batch in enumerate(STAGES[2].batches[1:], 2):
            if number > 2:
                self.batch("agents", number, batch)
            for name in batch:
                self.steps("agents", name)
        self.write(ev.StageEnded(stage="agents"))
        self.write(ev.RolloutEnded(outcome="done", said="11 of 11 nodes done"), after_s=1)


SAID = (
    "[INFO]  finding release for channel v1.34",
    "[INFO]  using v1.34.2+rke2r1 as release",
    "[INFO]  verifying tarball",
    "[INFO]  unpacking tarball file to /usr/local",
    'time="2025-11-24T16:21:04Z" level=info msg="Importing images from rke2-images.linux-amd64.tar.zst"',
    'time="2025-11-24T16:21:09Z" level=warning msg="Unable to reach the registry, trying the next" host=reg.local',
    'time="2025-11-24T16:21:11Z" level=info msg="Imported docker.io/rancher/mirrored-pause:3.6"',
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """An empty run whose journal is stamped by its own clock, in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    folder = tmp_path / "run"
    folder.mkdir()
    made = Run(folder)
    monkeypatch.setattr(journal, "time", _Clock(made.now))
    yield made
    monkeypatch.undo()
    time.tzset()


class _Clock:
    def __init__(self, now: Callable[[], float]) -> None:
        self.time = now
