"""The plan of a restore: which snapshot, on which server, who joins, and what keeps it from starting."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rke2.conftest import MakeSite, facts_of
from wizard.distros.rke2.config import SERVER_TOKEN
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.tokens import NEXT, by_mark, take
from wizard.errors import Refused, StepFailed, Unreachable
from wizard.rollout.plan import Plan
from wizard.rollout.step import Outcome, Work
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.source import Source
from wizard.upgrade.restore.begun import Wish, begin, finish, refuse_unfinished, unfinished
from wizard.upgrade.restore.choice import asides, choose, known
from wizard.upgrade.restore.plan import resolved, restore
from wizard.upgrade.restore.reset import SEALED_BY_ANOTHER, Reset
from wizard.vault.pieces import Sealing, Unsealing, token_mark
from wizard.vault.vault import Vault

OLD, NEW = "v1.34.2+rke2r1", "v1.35.6+rke2r1"
EARLY, LATE = "before-1.34-cp-1-1790000000", "before-1.35-cp-1-1790009999"
SERVERS = ("cp-1", "cp-2", "cp-3")


def sealed(site: Site, name: str, data: bytes = b"x", **header: object) -> Path:
    """A snapshot at home."""
    path = site.state / "snapshots" / f"{name}.sealed"
    own = {"identity": site.identity.id, "release": OLD, "size_bytes": len(data), "sha256": "ab"}
    sealing = Sealing(path, site.vault, own | header)
    sealing.add(data)
    sealing.done()
    return path


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """Bare machines that all answer, the vault of the cluster they carried, and two snapshots at home."""
    site = make_site(secrets={SERVER_TOKEN: "t" * 32, "ca-hash": "c" * 64, "agent-token": "a" * 32})
    for node in site.spec.nodes:
        site.survey.learn(node.name, facts_of([]))
    for name in (EARLY, LATE):
        sealed(site, name)
    return site


def steps(plan: Plan, stage: str) -> list[str]:
    return [step.key for each in plan.stages if each.key == stage for step in each.steps]


def away(site: Site, *names: str) -> Site:
    for name in names:
        site.survey.facts.pop(name, None)
        site.survey.failures[name] = Unreachable(name, "no route to host")
    return site


def test_all_servers_stop_first_then_one_is_reset_and_the_others_join_one_at_a_time(site: Site) -> None:
    plan = restore(site, Wish())
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("halt", (SERVERS,)),
        ("first-server", (("cp-1",),)),
        ("servers", (("cp-2",), ("cp-3",))),
        ("agents", (("w-1",), ("w-2",))),
        ("verify", (("cp-1",),)),
    ]
    first = steps(plan, "first-server")
    assert first[first.index("install") :] == [
        *("install", "deliver", "configure", "reset", "start", "ready", "password"),
    ]
    joining = steps(plan, "servers")
    assert joining[joining.index("install") :] == [
        *("install", "aside", "door", "configure", "password", "start", "ready"),
    ]


def test_files_from_here_are_sent_before_anything_is_stopped(site: Site) -> None:
    (site.base / "releases").mkdir()
    spec = site.spec.model_copy(update={"source": Source(kind="folder", path=Path("releases"))})
    object.__setattr__(site, "spec", spec)
    assert [stage.key for stage in restore(site, Wish()).stages][:2] == ["files", "halt"]
    assert restore(site, Wish()).stages[0].nodes == SERVERS


def test_only_the_server_that_is_reset_begins_the_cluster(site: Site) -> None:
    plan = restore(site, Wish())
    texts = {name: each.shown for name in SERVERS for each in plan.files(name) if each.path.endswith("/config.yaml")}
    assert [name for name, text in texts.items() if "server: https" not in text] == ["cp-1"]


def test_the_newest_snapshot_is_taken_unless_one_is_named(site: Site) -> None:
    assert [each.name for each in known(site)] == [LATE, EARLY]
    assert choose(site, "").name == LATE
    assert LATE in restore(site, Wish()).notes[0]
    assert EARLY in restore(site, Wish(snapshot=EARLY)).notes[0]


def test_the_cluster_comes_back_on_the_release_of_its_snapshot(site: Site) -> None:
    object.__setattr__(site, "spec", site.spec.model_copy(update={"version": NEW}))
    plan = restore(site, Wish())
    assert any(note.startswith(f"The cluster comes back on {OLD}") for note in plan.notes)
    ready = next(step for stage in plan.stages for step in stage.steps if step.key == "ready")
    assert ready.site.spec.version == OLD


def test_a_snapshot_that_only_a_server_has_is_restored_there(site: Site) -> None:
    path = "/var/lib/rancher/rke2/server/db/snapshots/etcd-snapshot-cp-2-1790020000"
    site.survey.learn("cp-2", facts_of([f"x.rke2.snapshot=4096 1790020001 {path}", f"x.rke2.snapshot=9 1 /x/{LATE}"]))
    assert [(each.name, each.node) for each in known(site)][0] == ("etcd-snapshot-cp-2-1790020000", "cp-2")
    assert sum(each.name == LATE for each in known(site)) == 1
    assert restore(site, Wish()).stages[1].nodes == ("cp-2",)


def test_a_server_that_does_not_answer_is_no_server_that_is_off(site: Site) -> None:
    with pytest.raises(Refused, match="cp-3: no route to host") as refused:
        restore(away(site, "cp-3"), Wish())
    assert "--without cp-3" in refused.value.hint
    plan = restore(site, Wish(without=("cp-3",)))
    assert {name for stage in plan.stages for name in stage.nodes} == {"cp-1", "cp-2", "w-1", "w-2"}
    assert any("cp-3 is given up" in note for note in plan.notes)


def test_an_agent_that_does_not_answer_is_left_out_and_told_of(site: Site) -> None:
    plan = restore(away(site, "w-2"), Wish())
    assert plan.stages[3].nodes == ("w-1",)
    assert any("w-2: no route to host" in note for note in plan.notes)


def test_a_list_tells_who_has_data_of_its_own(site: Site) -> None:
    site.survey.learn("cp-3", facts_of(["x.rke2.etcd=yes"]))
    (said,) = asides(away(site, "cp-1"))
    assert said.startswith("data of etcd itself is on cp-3")


def test_what_one_server_still_has_needs_no_snapshot(site: Site) -> None:
    site.survey.learn("cp-3", facts_of(["x.rke2.etcd=yes", f"x.rke2.version={OLD}"]))
    plan = restore(away(site, "cp-1", "cp-2"), Wish(data_of="cp-3", without=("cp-1", "cp-2")))
    assert [stage.key for stage in plan.stages] == ["halt", "first-server", "agents", "verify"]
    assert plan.stages[1].nodes == ("cp-3",)
    assert "deliver" not in steps(plan, "first-server")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(snapshot="before-1.34-cp-1"), "no snapshot of this cluster"),
        (Wish(data_of="cp-2"), "cp-2 has no etcd data"),
        (Wish(data_of="w-1"), "w-1: no server of this cluster"),
        (Wish(without=("cp-9",)), "cp-9: no server of this cluster"),
        (Wish(without=SERVERS), "no server is left"),
        (Wish(data_of="cp-1", without=("cp-1",)), "both wanted and given up"),
    ],
)
def test_what_can_not_be_restored_is_refused(site: Site, wish: Wish, said: str) -> None:
    with pytest.raises(Refused, match=said):
        restore(site, wish)


def test_without_a_snapshot_or_its_token_nothing_starts(site: Site, tmp_path: Path) -> None:
    for path in (site.state / "snapshots").iterdir():
        path.unlink()
    with pytest.raises(Refused, match="no snapshot of this cluster is known"):
        restore(site, Wish())
    sealed(site, LATE, identity="another cluster")
    assert known(site) == ()
    sealed(site, EARLY, token_sha256="0" * 16)
    with pytest.raises(Refused, match="the token that opens it is not in this cluster's vault"):
        restore(site, Wish())
    sealed(site, EARLY, token_sha256=token_mark(Secret("t" * 32)))
    assert choose(site, "").name == EARLY
    other = dataclasses.replace(site, vault=Vault.open(tmp_path / "other"))
    with pytest.raises(Refused, match="not in this cluster's vault"):
        choose(other, "")


def test_a_restore_that_was_cut_short_is_gone_on_from_until_it_is_verified(site: Site) -> None:
    begun = begin(resolved(site, Wish()), site.state)
    assert begun.id
    assert begun.snapshot == LATE
    assert resolved(site, Wish()) == begun
    assert resolved(site, Wish(snapshot=LATE)) == begun
    assert resolved(site, Wish(snapshot=EARLY)).id == ""
    assert resolved(site, Wish(snapshot=LATE, without=("cp-3",))).id == ""
    assert "begun before" in restore(site, begun).notes[1]
    assert Wish.of(begun.record()) == begun
    with pytest.raises(Refused, match=f"being restored to {LATE}"):
        refuse_unfinished(site.state)
    finish(site.state)
    assert unfinished(site.state) is None
    assert resolved(site, Wish()).id == ""
    refuse_unfinished(site.state)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(reads=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3000)), max_size=8))
def test_a_sealed_snapshot_reads_as_the_file_that_it_was(site: Site, reads: list[tuple[int, int]]) -> None:
    pieces = [b"a" * 1000, b"", b"bc" * 700, b"d" * 2000]
    path, whole = site.state / "s.sealed", b"".join(pieces)
    path.unlink(missing_ok=True)
    sealing = Sealing(path, site.vault, {})
    for piece in pieces:
        sealing.add(piece)
    sealing.done()
    source = Unsealing(path, site.vault, name="s", size_bytes=len(whole))
    for offset, length in reads:
        assert source.read(offset, length) == whole[offset : offset + length]


@pytest.mark.parametrize("taken", [False, True])
async def test_data_sealed_by_the_other_token_of_a_rotation_is_opened_by_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    former, following, tried = Secret("t" * 32), Secret("f" * 32), list[Secret | None]()
    site.vault.put(NEXT, following)
    if taken:
        take(site.vault, following)
    seals = former if taken else following
    configured: list[Secret | None] = []

    async def run_job(*words: object, on_line: Callable[[str], None], **_: object) -> int:
        tried.append(site.vault.get(SERVER_TOKEN))
        opens = tried[-1] == seals
        on_line("etcd is a cluster of this server alone" if opens else f'level=fatal msg="{SEALED_BY_ANOTHER}"')
        return 0 if opens else 1

    async def write(step: Configure, work: Work) -> Outcome:
        configured.append(step.site.vault.get(SERVER_TOKEN))
        return "done"

    monkeypatch.setattr("wizard.upgrade.restore.reset.run_job", run_job)
    monkeypatch.setattr(Configure, "carry_out", write)
    said: list[str] = []
    work = cast(Work, SimpleNamespace(node="cp-1", host=None, said=said.append, tell=lambda percent, doing: None))
    assert await Reset(site, "id", None).carry_out(work) == "done"
    assert len(tried) == 2
    assert site.vault.get(SERVER_TOKEN) == seals == configured[-1]
    assert {by_mark(site.vault, token_mark(each)) for each in (former, following)} == {former, following}
    assert not any(each.reveal() in line for each in (former, following) for line in said)


async def test_where_no_token_opens_the_data_vault_and_node_are_as_before(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.vault.put(NEXT, Secret("f" * 32))

    async def run_job(*words: object, on_line: Callable[[str], None], **_: object) -> int:
        on_line(f'level=fatal msg="bootstrap data already found and {SEALED_BY_ANOTHER}"')
        return 1

    configured: list[Secret | None] = []

    async def write(step: Configure, work: Work) -> Outcome:
        configured.append(step.site.vault.get(SERVER_TOKEN))
        return "done"

    monkeypatch.setattr("wizard.upgrade.restore.reset.run_job", run_job)
    monkeypatch.setattr(Configure, "carry_out", write)
    work = cast(Work, SimpleNamespace(node="cp-1", host=None, said=print, tell=lambda percent, doing: None))
    with pytest.raises(StepFailed, match="different token"):
        await Reset(site, "id", None).carry_out(work)
    assert site.vault.get(SERVER_TOKEN) == configured[-1] == Secret("t" * 32)
