"""The rollout screen as an operator has it: `demo` on a terminal of 200x50, its frames and the share of a core.

`python -m tests.bench.live [NODES] [SECONDS]`: the engine, the simulated site and the screen share this machine.
"""

import asyncio
import fcntl
import itertools
import json
import os
import pty
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

SIZE = (200, 50)
SPEED = "20"
TICK_S = 0.01


def main() -> None:
    """Run the demo on a terminal of its own, then print what its screen measured."""
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        _on_terminal([sys.executable, "-m", "tests.bench.live", "--screen", str(found), str(nodes), str(seconds)])
        record = json.loads(found.read_text())
    frames, late = sorted(record["frames_ms"]), sorted(record["late_ms"])
    print(f"{nodes} nodes live, {SIZE[0]}x{SIZE[1]}, speed {SPEED}, {record['events']} events, {len(frames)} frames")
    print(f"median frame {statistics.median(frames):.1f} ms, 95 % under {frames[int(len(frames) * 0.95)]:.1f} ms")
    print(f"{record['cpu_s'] / record['wall_s']:.0%} of one core over {record['wall_s']:.0f} s")
    print(f"a key waits {statistics.median(late):.1f} ms, 95 % under {late[int(len(late) * 0.95)]:.1f} ms")


def _on_terminal(words: list[str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(words[0], words)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    seen, asked = b"", False
    try:
        while chunk := os.read(terminal, 1 << 16):
            seen = b"" if asked else seen + chunk
            if b"Bring it up at once" in seen:
                # The demo opens with its menu; the second entry is the rollout.
                os.write(terminal, b"\x1b[B\r")
                asked, seen = True, b""
    except OSError:
        pass  # the child has closed its end
    os.close(terminal)
    os.waitpid(pid, 0)


def _screen(found: Path, nodes: str, seconds: float) -> None:
    """Be `demo` with a stopwatch at the screen; end after so many seconds of rollout."""
    from screens.rollout import RolloutScreen
    from wizard.cli.main import main as wizard
    from wizard.rollout.progress import Progress

    drain, apply, marks, late, taken = RolloutScreen.drain, Progress.apply, [], [], [0]

    def counted(self: Progress, event: object) -> None:
        taken[0] += 1
        apply(self, event)  # type: ignore[arg-type]

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_S)
            late.append(max(0.0, time.perf_counter() - before - TICK_S) * 1000)

    def measured(self: RolloutScreen) -> None:
        drain(self)
        if not self.feed.progress.started:
            return
        if not marks:
            self.ticking = asyncio.get_running_loop().create_task(tick())  # type: ignore[attr-defined]
        marks.append((time.process_time(), time.perf_counter()))
        if marks[-1][1] - marks[0][1] > seconds or self.feed.progress.ending:
            self.app.exit(0)

    RolloutScreen.drain = measured  # type: ignore[method-assign]
    Progress.apply = counted  # type: ignore[method-assign]
    wizard(["demo", "--nodes", nodes, "--speed", SPEED])
    cpu, wall = zip(*marks, strict=True)
    record = {
        "frames_ms": [(b - a) * 1000 for a, b in itertools.pairwise(cpu)],
        "late_ms": late,
        "cpu_s": cpu[-1] - cpu[0],
        "wall_s": wall[-1] - wall[0],
        "events": taken[0],
    }
    found.write_text(json.dumps(record))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--screen"]:
        _screen(Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
    else:
        main()
