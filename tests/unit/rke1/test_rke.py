"""One run of `rke` for all nodes: begun once, followed by whoever comes, kept when its engine is gone."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncssh
import pytest

from tests.unit.rke1 import false_rke, states
from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.members import ADDRESSES, member, said
from tests.unit.rke1.story import first_run, upgrade
from wizard.distros.rke1 import ward
from wizard.distros.rke1.launch import launch, task_of
from wizard.distros.rke1.order import newest, running
from wizard.distros.rke1.rke import Rke
from wizard.distros.rke1.write import FOLDER
from wizard.errors import Refused, StepFailed
from wizard.hosts.target import Credentials
from wizard.rollout.step import Work
from wizard.secret import Secret
from wizard.site import Site

PASSPHRASE = "correct horse battery"
SPEC = (
    "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rke1\nversion: v1.30.14-rancher1-1\n"
    "ssh: {user: ops, key: id}\nsource: {kind: folder, path: source}\nnodes:\n"
    + "".join(
        f"  - {{name: {name}, address: {address}, role: {'server' if name.startswith('cp') else 'agent'}}}\n"
        for name, address in ADDRESSES.items()
    )
)
CALM = [said(message) for message in first_run()]


@dataclass
class Told:
    """What a step tells of one node."""

    node: str
    lines: list[str] = field(default_factory=list)
    progress: list[tuple[int, str]] = field(default_factory=list)

    def work(self) -> Work:
        def tell(percent: int, doing: str) -> None:
            self.progress.append((percent, doing))

        return Work(self.node, host=None, at=None, tell=tell, said=self.lines.append)  # type: ignore[arg-type]


@pytest.fixture
def site(make_site: MakeSite, tmp_path: Path) -> Iterator[Site]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "id").write_bytes(key.export_private_key(passphrase=PASSPHRASE, rounds=50))
    (tmp_path / "id").chmod(0o600)
    (tmp_path / FOLDER).mkdir()
    made = make_site(SPEC)
    yield replace(made, credentials=Credentials(passphrase=Secret(PASSPHRASE)))
    (tmp_path / "source" / "go").touch()


def given(site: Site, lines: list[str], *, status: int = 0, state: bytes | None = None) -> Path:
    room = site.base / "source"
    false_rke.put(room, lines, state=states.text() if state is None else state, status=status)
    return room


def rke(site: Site) -> Rke:
    return Rke(site, map(member, ADDRESSES), lambda work: launch(site, work, "up"), lambda: task_of(site, "up"))


async def through(rke: Rke, phase: str, *names: str) -> dict[str, BaseException | None]:
    """Follow a phase on nodes at the same time; return how each ended."""

    async def one(name: str) -> BaseException | None:
        try:
            await rke.follow(Told(name).work(), phase)
        except StepFailed as error:
            return error
        return None

    async with asyncio.timeout(60):
        return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


async def test_one_run_serves_all_nodes_and_phases(site: Site) -> None:
    room, mine = given(site, CALM), rke(site)
    for phase in ("start", "worker"):
        assert set((await through(mine, phase, *ADDRESSES)).values()) == {None}
    assert await through(mine, "addons", "cp-1") == {"cp-1": None}
    assert len((room / "started").read_text().splitlines()) == 1
    assert "--ssh-agent-auth" in (room / "started").read_text()
    ward.settle(site)
    assert [copy.built for copy in ward.treasury(site).copies()] == [True]


async def test_lines_of_a_node_are_told_as_its_own(site: Site) -> None:
    given(site, CALM)
    mine, one, other = rke(site), Told("cp-1"), Told("w-2")
    await asyncio.gather(mine.follow(one.work(), "worker"), mine.follow(other.work(), "worker"))
    assert any("host [10.0.0.15]" in line for line in other.lines)
    assert not any("host [10.0.0.15]" in line for line in one.lines)
    assert [percent for percent, _ in other.progress] == sorted(percent for percent, _ in other.progress)


async def test_an_engine_that_comes_later_goes_on_with_the_run_that_is_there(site: Site) -> None:
    cut = CALM.index(said("[controlplane] Building up Controller Plane..")) + 1
    room = given(site, [*CALM[:cut], "WAIT go", *CALM[cut:]])
    assert set((await through(rke(site), "etcd", "cp-1", "cp-2", "cp-3")).values()) == {None}
    assert running(site.state / FOLDER)
    later = rke(site)
    waits = asyncio.create_task(through(later, "worker", *ADDRESSES))
    await asyncio.sleep(0.3)
    assert not waits.done()
    (room / "go").touch()
    assert set((await waits).values()) == {None}
    assert len((room / "started").read_text().splitlines()) == 1


async def test_a_run_of_another_task_is_waited_for_and_not_taken_for_ones_own(site: Site) -> None:
    cut = CALM.index(said("[controlplane] Building up Controller Plane..")) + 1
    room = given(site, [*CALM[:cut], "WAIT go", *CALM[cut:]])
    assert set((await through(rke(site), "etcd", "cp-1")).values()) == {None}
    changed = replace(site, spec=site.spec.model_copy(update={"name": "other"}))
    waits = asyncio.create_task(through(rke(changed), "start", "cp-1"))
    await asyncio.sleep(0.5)
    assert not waits.done()
    (room / "go").touch()
    assert await waits == {"cp-1": None}
    assert len((room / "started").read_text().splitlines()) == 2


async def test_lines_that_one_engine_told_are_not_told_by_the_next(site: Site) -> None:
    cut = CALM.index(said("[controlplane] Building up Controller Plane..")) + 1
    room = given(site, [*CALM[:cut], "WAIT go", *CALM[cut:]])
    first, second = Told("cp-1"), Told("cp-1")
    await rke(site).follow(first.work(), "etcd")
    (room / "go").touch()
    await rke(site).follow(second.work(), "addons")
    assert first.lines
    assert second.lines
    assert not [line for line in second.lines if line in first.lines and "RKE version" in line]


async def test_while_rke_lives_no_second_one_starts_though_its_keeper_was_killed(site: Site) -> None:
    cut = CALM.index(said("[etcd] Building up etcd plane.."))
    room = given(site, [*CALM[:cut], "WAIT go", *CALM[cut:]])
    await through(rke(site), "start", "cp-1")
    for pid in keepers():
        os.kill(pid, signal.SIGKILL)
    assert running(site.state / FOLDER)
    later = asyncio.create_task(through(rke(site), "worker", *ADDRESSES))
    await asyncio.sleep(0.3)
    (room / "go").touch()
    assert set((await later).values()) == {None}
    assert len((room / "started").read_text().splitlines()) == 1


async def test_a_run_that_was_killed_is_told_as_such_and_begun_anew_for_a_retry(site: Site) -> None:
    room = given(site, [*CALM[:5], "WAIT never"])
    mine = rke(site)
    waits = asyncio.create_task(through(mine, "start", "cp-1", "w-1"))
    while not (room / "started").exists():
        await asyncio.sleep(0.05)
    for pid in children_of(*keepers()):
        os.kill(pid, signal.SIGKILL)
    failures = await waits
    assert all("exit -9" in str(error) or "killed" in str(error) for error in failures.values())
    given(site, CALM)
    assert set((await through(mine, "start", "cp-1", "w-1")).values()) == {None}
    assert len((room / "started").read_text().splitlines()) == 2


async def test_a_failed_run_says_which_node_failed_and_why(site: Site) -> None:
    story = [said(line, "error" if line.startswith("Failed") else "info") for line in upgrade(failed="w-2")][:-1]
    given(site, [*story, said("Failed to upgrade hosts: w-2 with error [host w-2 not ready]", "fatal")], status=1)
    mine = rke(site)
    failures = await through(mine, "worker", *ADDRESSES)
    assert [name for name, error in failures.items() if error] == ["w-2"]
    failed = failures["w-2"]
    assert isinstance(failed, StepFailed)
    assert "stay cordoned" in failed.cause
    assert failed.hint
    assert await through(mine, "addons", "cp-1") == {"cp-1": None}


async def test_a_run_that_fails_for_all_names_the_line_for_all(site: Site) -> None:
    fatal = "Failed to get job complete status for job rke-network-plugin-deploy-job in namespace kube-system"
    given(site, [*CALM[:-2], said(fatal, "fatal")], status=1)
    failures = await through(rke(site), "addons", "cp-1")
    failed = failures["cp-1"]
    assert isinstance(failed, StepFailed)
    assert fatal in failed.what
    assert "addon_job_timeout" in failed.hint


async def test_no_passphrase_is_in_any_argument_or_environment(site: Site) -> None:
    room = given(site, [*CALM[:5], "WAIT go"])
    waits = asyncio.create_task(through(rke(site), "start", "cp-1"))
    while not (room / "started").exists():
        await asyncio.sleep(0.05)
    found = keepers()
    assert found
    for pid in (*found, *children_of(*found)):
        assert PASSPHRASE.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert PASSPHRASE.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
    run = newest(site.state / FOLDER)
    assert run is not None
    assert not any(PASSPHRASE.encode() in path.read_bytes() for path in run.iterdir())
    (room / "go").touch()
    await waits


async def test_each_state_file_that_a_run_writes_is_sealed_though_the_engine_is_gone(site: Site) -> None:
    given(site, CALM)
    await through(rke(site), "addons", "cp-1")
    await ended(site)
    assert [copy.built for copy in ward.treasury(site).copies()] == [True]


async def test_nothing_starts_without_the_state_file_that_was_there(site: Site) -> None:
    room = given(site, CALM)
    await through(rke(site), "addons", "cp-1")
    await ended(site)
    ward.state_path(site).unlink()
    with pytest.raises(Refused, match="is missing"):
        ward.judged(site)
    assert "is missing" in str((await through(rke(site), "start", "cp-1"))["cp-1"])
    ward.state_path(site).write_bytes(states.text("theirs"))
    assert "another cluster" in str((await through(rke(site), "start", "cp-1"))["cp-1"])
    assert len((room / "started").read_text().splitlines()) == 1


async def test_a_version_that_this_rke_does_not_know_starts_nothing(site: Site) -> None:
    room = given(site, CALM)
    (room / "rke").write_text("#!/bin/sh\necho v1.20.1-rancher1-1\n")
    failures = await through(rke(site), "start", "cp-1")
    assert "does not know v1.30.14-rancher1-1; it knows v1.20.1-rancher1-1" in str(failures["cp-1"])


async def ended(site: Site) -> None:
    """Wait until neither rke nor its keeper is there."""
    async with asyncio.timeout(20):
        while running(site.state / FOLDER):
            await asyncio.sleep(0.05)


def keepers() -> list[int]:
    """The keepers that this process began."""
    return [pid for pid in children_of(os.getpid()) if b"rke1.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def children_of(*parents: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat[1]) in parents and stat[0] != "Z":
            found.append(int(folder.name))
    return found
