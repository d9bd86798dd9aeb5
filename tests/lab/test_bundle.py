"""Bundles against what is not ours: kills, Debian's registry, skopeo, containerd."""

import asyncio
import sys
from pathlib import Path
from random import Random

from tests.unit.bundle.publishers import published, words, write_spec
from tests.unit.bundle.web import Answer, Asked, Web, serving

KILLS = 10


async def create(
    folder: Path, web: Web, cache: str, running: list[asyncio.subprocess.Process] | None = None
) -> tuple[int, str]:
    """Run `bundle create` as a process that can be killed; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard.cli.main", *words(folder, web.url, cache)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    if running is not None:
        running[:] = [process]
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_killed_at_ten_points_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    write_spec(tmp_path)
    right, random = published(), Random(7)
    running: list[asyncio.subprocess.Process] = []
    until = 0

    def answer(asked: Asked) -> Answer:
        nonlocal until
        until -= 1
        given = right(asked)
        if until == 0 and running:
            running[0].kill()
        return (
            given
            if until
            else Answer(given.status, given.body, given.headers, cut=random.randrange(1 + len(given.body)))
        )

    async with serving(answer) as web:
        undisturbed, _ = await create(tmp_path, web, "quiet")
        whole = (tmp_path / "site.rwb").read_bytes()
        (tmp_path / "site.rwb").unlink()
        for _ in range(KILLS):
            until = random.randint(1, 8)
            code, said = await create(tmp_path, web, "cache", running=running)
            assert code == -9, said
            assert not (tmp_path / "site.rwb").exists()
        until = 0
        code, said = await create(tmp_path, web, "cache")
    assert (undisturbed, code) == (0, 0), said
    assert (tmp_path / "site.rwb").read_bytes() == whole
