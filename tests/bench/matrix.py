"""What a frame of the checks' screen costs with 1,000 nodes: `python -m tests.bench.matrix [NODES]`.

Facts are judged by the real checks; findings come in as fast as 1,000 nodes are judged in 10 seconds, and an operator
moves about meanwhile. Only what the screen itself costs is measured, from the board to the painted lines.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator

from screens.checks import ChecksApp, ChecksScreen
from screens.glyphs import UNICODE
from screens.matrix import FRAME_S
from tests.unit.checks.machines import machine
from tests.unit.checks.specs import spec
from wizard.checking import Checking
from wizard.checks.board import Board
from wizard.checks.known import CHECKS
from wizard.checks.matrix import Event, Judged, Looking, Matrix
from wizard.checks.run import Preflight

SIZES = ((80, 24), (120, 40), (200, 60))
NODES_A_FRAME = 25
KEYS = ("down", "right", "pagedown", "f", "f", "f", "end", "left", "home")


def events(names: tuple[str, ...]) -> Iterator[list[Event]]:
    """The looks at and findings of each frame: nodes with their own checks, then all by comparison."""
    facts = {name: machine(name, **({"swap_mib": "512"} if turn % 7 == 0 else {})) for turn, name in enumerate(names)}
    cluster = spec(
        nodes=[
            {"name": name, "address": f"10.{turn >> 8}.{turn & 255}.9", "role": "agent" if turn else "server"}
            for turn, name in enumerate(names)
        ]
    )
    alone = [each for each in CHECKS if not each.across]
    for first in range(0, len(names), NODES_A_FRAME):
        lot = names[first : first + NODES_A_FRAME]
        yield [Looking(name) for name in lot]
        yield [Judged(name, tuple(each.judge(cluster, {name: facts[name]})[name] for each in alone)) for name in lot]
    found = [each.judge(cluster, facts) for each in CHECKS if each.across and not each.proven]
    yield [Judged(name, tuple(each[name] for each in found if name in each)) for name in names]


async def measure(names: tuple[str, ...], frames: list[list[Event]], size: tuple[int, int]) -> list[float]:
    """Return the milliseconds of CPU that each frame took."""
    board = Board(Matrix(names, CHECKS))
    preflight = Preflight(spec(), CHECKS, hosts=None, look=None, emit=board.apply)  # type: ignore[arg-type]
    app, spent = ChecksApp(Checking(board, preflight), glyphs=UNICODE), []
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, ChecksScreen)
        for turn, lot in enumerate(frames):
            for event in lot:
                board.apply(event)
            before = time.process_time()
            await pilot.press(KEYS[turn % len(KEYS)])
            screen.drain()
            await pilot.pause()
            spent.append((time.process_time() - before) * 1000)
    return spent


def main() -> None:
    """Print the figures."""
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    names = tuple(f"node-{number:04}" for number in range(nodes))
    frames = list(events(names))
    for size in SIZES:
        spent = sorted(asyncio.run(measure(names, frames, size)))
        median, worst = statistics.median(spent), spent[int(len(spent) * 0.95)]
        print(f"{nodes} nodes × {len(CHECKS)} checks, {size[0]}x{size[1]}, {len(spent)} frames with a key each")
        print(f"median frame {median:.1f} ms, 95 % under {worst:.1f} ms, slowest {spent[-1]:.1f} ms")
        print(f"at {1 / FRAME_S:.0f} frames a second: {statistics.mean(spent) / (FRAME_S * 1000):.0%} of one core")


if __name__ == "__main__":
    main()
