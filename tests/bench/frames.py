"""What a frame of the rollout screen costs with 1,000 nodes: `python -m tests.bench.frames [NODES]`."""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from screens.glyphs import UNICODE
from screens.rollout import FRAME_S, RolloutApp, RolloutScreen
from wizard.rollout import events as ev
from wizard.rollout.process import JOURNAL

SIZE = (120, 40)
EVENTS_A_FRAME = 250  # 1,000 a second: a step begun, ended or told of by each of 1,000 nodes
FRAMES = 200
STEPS = tuple(
    ev.StepOutline(key=f"s{number}", title=f"Step number {number}", expected_s=20.0) for number in range(1, 9)
)
LINE = 'time="2025-11-24T16:21:{:02}Z" level=info msg="Importing images from rke2-images.linux-amd64.tar.zst, part {}"'


def outline(nodes: int) -> tuple[ev.StageOutline, ...]:
    """Three servers, and agents a tenth at a time."""
    servers = tuple((f"cp-{number}",) for number in range(1, 4))
    agents = [f"worker-{number:04}" for number in range(1, nodes - 2)]
    share = -(-len(agents) // 10)
    batches = tuple(tuple(agents[first : first + share]) for first in range(0, len(agents), share))
    return (
        ev.StageOutline(key="servers", title="Servers", noun="servers", batches=servers, steps=STEPS),
        ev.StageOutline(key="agents", title="Agents", noun="agents", batches=batches, steps=STEPS, at_once=share),
    )


def busy(stages: tuple[ev.StageOutline, ...]) -> Iterator[ev.Event]:
    """A rollout in which all nodes of a batch talk at once."""
    dice = random.Random(7)
    for stage in stages:
        yield ev.StageStarted(stage=stage.key)
        for number, batch in enumerate(stage.batches, 1):
            yield ev.BatchStarted(stage=stage.key, number=number, nodes=batch)
            for step in STEPS:
                yield from step_of_batch(stage.key, batch, step.key, dice)
            for node in batch:
                yield ev.NodeEnded(stage=stage.key, node=node, outcome="done")
        yield ev.StageEnded(stage=stage.key)


def step_of_batch(stage: str, batch: tuple[str, ...], step: str, dice: random.Random) -> Iterator[ev.Event]:
    for node in batch:
        yield ev.StepStarted(stage=stage, node=node, step=step)
    for percent in (25, 50, 75):
        for node in dice.sample(batch, len(batch)):
            yield ev.NodeOutput(node=node, lines=tuple(LINE.format(dice.randrange(60), part) for part in range(4)))
            yield ev.StepProgress(stage=stage, node=node, step=step, percent=percent, doing="importing images")
    for node in batch:
        yield ev.StepEnded(stage=stage, node=node, step=step, outcome="done", took_s=dice.uniform(10, 30))


async def measure(folder: Path, nodes: int) -> list[float]:
    """Return the milliseconds of CPU that each frame took, from reading the journal to the painted screen."""
    stages, begun = outline(nodes), time.time()
    stream, spent = busy(stages), []
    with (folder / JOURNAL).open("w") as file:
        started = ev.RolloutStarted(at=begun, cluster="bench", run="1", digest="d", stages=stages, simulated=True)
        file.write(ev.to_line(started, 0) + "\n")
        file.flush()
        app = RolloutApp(folder, glyphs=UNICODE)
        async with app.run_test(size=SIZE) as pilot:
            screen = app.screen
            assert isinstance(screen, RolloutScreen)
            for _ in range(FRAMES):
                lot = list(islice(stream, EVENTS_A_FRAME))
                if len(lot) < EVENTS_A_FRAME:  # idle frames would flatter the median
                    break
                file.writelines(ev.to_line(event, seq) + "\n" for seq, event in enumerate(lot))
                file.flush()
                before = time.process_time()
                screen.drain()
                await pilot.pause()
                spent.append((time.process_time() - before) * 1000)
    return spent


def main() -> None:
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        spent = sorted(asyncio.run(measure(Path(folder), nodes)))
    median, worst = statistics.median(spent), spent[int(len(spent) * 0.95)]
    print(f"{nodes} nodes, {SIZE[0]}x{SIZE[1]}, {EVENTS_A_FRAME} events a frame, {len(spent)} frames")
    print(f"median frame {median:.1f} ms, 95 % under {worst:.1f} ms, slowest {spent[-1]:.1f} ms")
    print(f"at {1 / FRAME_S:.0f} frames a second: {statistics.mean(spent) / (FRAME_S * 1000):.0%} of one core")


if __name__ == "__main__":
    main()
