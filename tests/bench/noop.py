"""The engine with steps that do nothing: `python -m tests.bench.noop FOLDER STEPS`, over the hosts of FOLDER."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.script import Script
from wizard.hosts.target import Credentials, Target
from wizard.hosts.wire import Wire
from wizard.rollout.engine import Engine
from wizard.rollout.host_log import HostLogs
from wizard.rollout.journal import Journal
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import File, Outcome, Survey, Work

NOOP = Script("noop", "true")


@dataclass(frozen=True)
class Noop:
    key: str
    title: str = "Do nothing"
    timeout_s: float = 60.0
    expected_s: float = 0.1

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        await work.host.run(NOOP, timeout_s=30)
        return "done"


async def main(folder: Path, steps: int) -> None:
    ports = (folder / "ports").read_text().split()
    targets = [
        Target(
            f"n{port}",
            "127.0.0.1",
            port=int(port),
            user="root",
            key=folder / "id",
            agent=False,
            config=None,
            known_hosts=folder / "known_hosts",
        )
        for port in ports
    ]
    wire = Wire(targets, credentials=Credentials(), at_once=32)
    names = tuple(target.name for target in targets)
    stage = Stage(
        "all", "All", "hosts", (names,), tuple(Noop(f"s{n}") for n in range(steps)), at_once=len(names), rolling=True
    )
    journal_path = folder / f"journal-{steps}"
    journal_path.unlink(missing_ok=True)
    journal, logs = Journal(journal_path), HostLogs(folder)
    engine = Engine(
        Plan("bench", (stage,)), survey=Survey(), hosts=wire.host, emit=lambda event: logs.write(journal.write(event))
    )
    outcome = await engine.run()
    await wire.close()
    if outcome != "done":
        raise SystemExit(f"the rollout ended {outcome}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
