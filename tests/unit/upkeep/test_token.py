"""A new token: wherever a rotation is cut short, it is gone on from, and no token that a snapshot needs is lost."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import MakeSite, facts_of
from tests.unit.upkeep.test_upkeep import running
from wizard.distros.rke2.config import CA_HASH, SERVER_TOKEN
from wizard.distros.rke2.supervisor import Silent, Supervisor
from wizard.distros.rke2.tokens import NEXT, by_mark, of_time, take
from wizard.errand import KINDS, RESTORE, WITH_EITHER_TOKEN, errand_of
from wizard.errors import BadSpec, BadUsage, Refused, StepFailed
from wizard.rollout.step import Work
from wizard.secret import Secret
from wizard.site import Site
from wizard.upkeep import token
from wizard.upkeep.token import Turn, abandon, begin, refuse_unfinished, rotate, unfinished
from wizard.upkeep.turning import turn
from wizard.vault.pieces import token_mark

OLD, NEW = Secret("the-old-token-of-32-characters-xx"), Secret("the-new-token-of-32-characters-yy")
ORIGIN = {SERVER_TOKEN: OLD.reveal(), CA_HASH: "ab" * 32}


class Door:
    """One server's supervisor: who is let in, by which tokens etcd's data is sealed; calls may be cut at a place."""

    def __init__(self, cuts: list[int]) -> None:
        self.takes, self.sealed, self.cuts = OLD, {OLD}, cuts

    async def lets_in(self, token: Secret) -> bool:
        return token == self.takes

    async def renew(self, token: Secret, new: Secret) -> str:
        assert token == self.takes
        cut = self.cuts.pop(0) if self.cuts else 9
        if cut == 0:
            raise StepFailed("cp-1", "gave no answer")
        self.takes = new
        if cut == 1:
            return "500 token error"
        if token in self.sealed and token != new:
            self.sealed.add(new)
            if cut == 2:
                raise StepFailed("cp-1", "gave no answer")
            self.sealed.discard(token)
        if cut == 3:
            raise StepFailed("cp-1", "gave no answer")
        return "" if self.sealed == {new} else "500 token error"


@given(st.lists(st.integers(0, 4), max_size=8))
async def test_wherever_calls_are_cut_the_cluster_ends_with_the_new_token(cuts: list[int]) -> None:
    tries = len(cuts) + 1
    door = Door(list(cuts))
    for _ in range(tries):
        try:
            await turn(cast(Supervisor, door), "cp-1", OLD, NEW)
            break
        except StepFailed:
            continue
    assert (door.takes, door.sealed) == (NEW, {NEW})
    door.cuts.clear()
    assert not await turn(cast(Supervisor, door), "cp-1", OLD, NEW)


class Starting(Door):
    """A server whose supervisor listens, and is not ready."""

    async def lets_in(self, token: Secret) -> bool:
        raise Silent("cp-1", "its supervisor is not ready: 503 runtime core not ready")


@pytest.mark.parametrize("listens", [False, True])
async def test_a_server_that_is_down_or_starts_just_now_is_passed_over_for_one_that_answers(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    site, door, asked = running(make_site(secrets=ORIGIN)), Door([]), list[str]()
    begin(site, {})

    @asynccontextmanager
    async def supervisor(host: str, ca_hash: str) -> AsyncIterator[Door]:
        asked.append(host)
        if host == "cp-1" and not listens:
            raise Silent("cp-1", "nobody listens")
        yield Starting([]) if host == "cp-1" else door

    monkeypatch.setattr(token, "supervisor", supervisor)
    work = cast(Work, SimpleNamespace(node="cp-1", at=lambda name: name, said=print))
    assert await Turn(site).carry_out(work) == "done"
    assert asked == ["cp-1", "cp-2"]
    assert site.vault.get(SERVER_TOKEN) == site.vault.get(NEXT) == door.takes


def test_whoever_is_down_restarts_first(make_site: MakeSite) -> None:
    site = running(make_site(secrets=ORIGIN))
    listed = [f"x.rke2.node={name} {name != 'cp-3'} v1.34.2+rke2r1 True" for name in ("cp-1", "cp-2", "cp-3")]
    for name in ("cp-1", "cp-2", "cp-3"):
        site.survey.learn(name, facts_of(listed))
    assert rotate(site).stages[2].batches == (("cp-3",), ("cp-1",), ("cp-2",))


async def test_a_server_of_a_third_token_is_left_as_it_is() -> None:
    door = Door([])
    door.takes = Secret("somebody-elses-token-of-32-chars")
    with pytest.raises(StepFailed, match="neither the vault's token nor"):
        await turn(cast(Supervisor, door), "cp-1", OLD, NEW)
    assert door.sealed == {OLD}


def test_both_tokens_are_in_the_vault_before_anything_is_asked_and_a_rerun_makes_no_third(make_site: MakeSite) -> None:
    site = running(make_site(secrets=ORIGIN))
    assert begin(site, {}) == {}
    following = site.vault.get(NEXT)
    assert following not in (None, OLD)
    assert unfinished(site.state)
    begin(site, {})
    assert (site.vault.get(NEXT), site.vault.get(SERVER_TOKEN)) == (following, OLD)
    assert following
    assert following.reveal() not in (site.state / token.FILE).read_text()
    with pytest.raises(Refused, match="not every server is proven"):
        refuse_unfinished(site.state)


def test_a_token_of_a_rotation_that_was_forgotten_is_kept(make_site: MakeSite) -> None:
    site = running(make_site(secrets=ORIGIN))
    begin(site, {})
    former = site.vault.get(NEXT)
    (site.state / token.FILE).unlink()
    begin(site, {})
    assert former
    assert by_mark(site.vault, token_mark(former)) == former != site.vault.get(NEXT)


def test_what_would_meet_either_token_waits_for_the_rotation() -> None:
    assert set(WITH_EITHER_TOKEN) <= KINDS
    assert {"snapshot", "upgrade", "certificates", "remove"} & set(WITH_EITHER_TOKEN) == set()


def test_the_operators_own_token_is_taken_where_rke2_would_take_it(
    make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = running(make_site(secrets=ORIGIN))
    (tmp_path / "own").write_text(NEW.reveal() + "\n")
    begin(site, {"source": {"file": "own"}})
    assert site.vault.get(NEXT) == NEW
    monkeypatch.setenv("OTHER", "another-token-of-thirty-two-chars-")
    with pytest.raises(BadUsage, match="another token is under way"):
        begin(site, {"source": {"env": "OTHER"}})


@pytest.mark.parametrize(
    ("text", "error"),
    [(OLD.reveal(), BadUsage), ("short", BadSpec), ("K10" + "a" * 40, BadSpec), ("x\ny" * 12, BadSpec)],
)
def test_a_token_that_would_break_the_cluster_is_refused(
    make_site: MakeSite, tmp_path: Path, text: str, error: type[Exception]
) -> None:
    site = running(make_site(secrets=ORIGIN))
    (tmp_path / "own").write_text(text)
    with pytest.raises(error) as raised:
        begin(site, {"source": {"file": "own"}})
    assert text not in str(raised.value)
    assert not unfinished(site.state)
    with pytest.raises(BadUsage, match="not the name of an environment variable"):
        begin(site, {"source": {"env": "1 no name"}})


def test_servers_get_their_files_at_once_and_restart_one_at_a_time_with_etcd_proven(make_site: MakeSite) -> None:
    site = running(make_site(secrets=ORIGIN))
    plan = rotate(site)
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("token", (("cp-1",),)),
        ("token-files", (("cp-1", "cp-2", "cp-3"),)),
        ("token-servers", (("cp-1",), ("cp-2",), ("cp-3",))),
        ("token-proof", (("cp-1",),)),
    ]
    assert [step.key for step in plan.stages[0].steps] == ["reach", "snapshot", "turn"]
    assert [step.key for step in plan.stages[2].steps] == [
        *("reach", "quorum-before", "start", "ready", "quorum-after", "holds")
    ]
    assert not any(secret.reveal() in repr(plan) for secret in (OLD, NEW))


def test_a_server_that_runs_another_release_or_is_away_is_named(make_site: MakeSite) -> None:
    with pytest.raises(Refused, match=r"cp-1 runs v1\.33"):
        rotate(running(make_site(secrets=ORIGIN), version="v1.33.10+rke2r3"))


def test_each_snapshot_finds_the_token_it_was_made_under(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site(secrets=ORIGIN)
    monkeypatch.setattr("wizard.distros.rke2.tokens.time.time", lambda: 1000.0)
    take(site.vault, NEW)
    monkeypatch.setattr("wizard.distros.rke2.tokens.time.time", lambda: 2000.0)
    take(site.vault, Secret("third"))
    take(site.vault, Secret("third"))
    assert by_mark(site.vault, token_mark(OLD)) == OLD
    assert by_mark(site.vault, token_mark(NEW)) == NEW
    assert by_mark(site.vault, "0" * 16) is None
    assert [of_time(site.vault, at) for at in (500, 1500, 2500)] == [OLD, NEW, Secret("third")]


def test_a_restore_goes_back_to_the_token_of_its_snapshot_and_ends_a_rotation(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = running(make_site(secrets=ORIGIN), snapshots={"cp-1": ["manual-cp-1-1700000100"]})
    begin(site, {})
    following = site.vault.get(NEXT)
    assert following
    monkeypatch.setattr("wizard.distros.rke2.tokens.time.time", lambda: 1800000000.0)
    take(site.vault, following)
    monkeypatch.setattr("wizard.distros.rke2.tokens.time.time", lambda: 1900000000.0)
    errand = errand_of(site.spec, RESTORE)
    assert errand
    errand.begun(site, json.loads('{"snapshot": "manual-cp-1-1700000100", "data_of": "", "id": "", "without": []}'))
    assert site.vault.get(SERVER_TOKEN) == OLD
    assert by_mark(site.vault, token_mark(following)) == following
    assert of_time(site.vault, 1700000000) == OLD
    assert not unfinished(site.state)


def test_a_rotation_that_is_given_up_keeps_the_token_that_was_to_follow(make_site: MakeSite) -> None:
    site: Site = running(make_site(secrets=ORIGIN))
    begin(site, {"source": None})
    following = site.vault.get(NEXT)
    abandon(site)
    begin(site, {})
    assert following
    assert site.vault.get(NEXT) != following
    assert by_mark(site.vault, token_mark(following)) == following
    assert of_time(site.vault, 1700000000) == OLD
