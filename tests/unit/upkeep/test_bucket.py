"""Snapshots in the bucket: seen as each server sees them, and restored by their name."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import MakeSite
from tests.unit.upkeep.test_upkeep import running
from wizard.distros.rke2.config import CA_HASH, SERVER_TOKEN
from wizard.errors import Refused, StepFailed, Unreachable
from wizard.hosts.host import Host
from wizard.hosts.output import Result
from wizard.rollout.step import Work
from wizard.upgrade.restore.begun import Wish
from wizard.upgrade.restore.choice import choose
from wizard.upgrade.restore.plan import restore
from wizard.upgrade.restore.steps import place_of
from wizard.upkeep.bucket import InBucket, all_held, held, lines, record
from wizard.upkeep.snapshots import save

FAR = "far-cp-1-1790000000"
ROWS = (
    "Name Location Size Created",
    f"{FAR} file:///var/lib/rancher/rke2/server/db/snapshots/{FAR} 3000000 2026-09-21T14:13:20Z",
    f"{FAR} s3://prod/etcd/{FAR} 3000000 2026-09-21T14:13:20Z",
    "old-cp-2-1780000000.zip s3://prod/etcd/old-cp-2-1780000000.zip 900000 2026-05-28T20:26:40Z",
)
S3 = "etcd: {snapshots: {s3: {bucket: prod, folder: etcd}}}\n"
SECRETS = {SERVER_TOKEN: "s" * 32, CA_HASH: "ab" * 32}


class Told:
    def __init__(self, *answer: str, status: int = 0, errors: tuple[str, ...] = (), away: bool = False) -> None:
        self.name, self.result, self.away = "cp-1", Result(status, answer, errors), away

    async def run(self, script: Any, *args: str, timeout_s: float, check: bool) -> Result:
        if self.away:
            raise Unreachable("cp-1", "no route to host")
        return self.result


def host(*answer: str, **more: Any) -> Host:
    return cast(Host, Told(*answer, **more))


async def test_what_lies_in_the_bucket_is_told_from_what_lies_on_the_server() -> None:
    found = await held(host(*ROWS))
    assert [each.name for each in found] == [FAR, "old-cp-2-1780000000.zip"]
    assert all(each.bucket and not each.node for each in found)
    assert (found[0].at, found[0].size_bytes) == (1790000000, 3000000)


async def test_a_server_that_is_not_let_in_says_why_beside_those_that_are() -> None:
    hosts = {
        "cp-1": host(*ROWS),
        "cp-2": host(status=1, errors=("FATA[0000] Access Denied\x1b[2J",)),
        "cp-3": host(away=True),
    }
    found = await all_held(tuple(hosts), hosts.__getitem__)
    told = list(lines(found))
    assert told[0].endswith("reaches it, 2 snapshots there")
    assert told[1].endswith("the bucket can't be listed: FATA[0000] Access Denied")
    assert told[2].endswith("no route to host")
    assert told[3].endswith("in the bucket")
    assert [sorted(each) for each in json.loads(json.dumps(record(found)))][1:] == [["error", "server"]] * 2


@given(st.lists(st.text(max_size=60), max_size=6))
async def test_whatever_is_listed_is_taken(text: list[str]) -> None:
    assert all(each.bucket for each in await held(host(*text)))


async def test_a_snapshot_that_did_not_get_there_is_no_success() -> None:
    work = cast(Work, SimpleNamespace(node="cp-1", host=host(*ROWS), said=print))
    assert await InBucket("far").carry_out(work) == "done"
    with pytest.raises(StepFailed, match="the bucket does not have it"):
        await InBucket("new").carry_out(work)


def test_a_saved_snapshot_is_proven_there_where_the_spec_has_a_bucket(make_site: MakeSite) -> None:
    assert [step.key for step in save(running(make_site(S3)), "far").stages[0].steps][-1] == "in-bucket"
    assert [step.key for step in save(running(make_site()), "far").stages[0].steps][-1] == "snapshot"


def test_one_is_restored_by_its_name_on_the_first_server_and_nothing_is_sent(make_site: MakeSite) -> None:
    site = running(make_site(S3, secrets=SECRETS))
    plan = restore(site, Wish(FAR, bucket=True))
    first = next(stage for stage in plan.stages if stage.key == "first-server")
    reset = next(step for step in first.steps if step.key == "reset")
    assert place_of(cast(Any, reset).snapshot) == FAR
    assert Wish.of(Wish(FAR, bucket=True).record()) == Wish(FAR, bucket=True)


def test_a_restore_that_was_begun_by_an_earlier_release_is_gone_on_with() -> None:
    assert not Wish.of({"snapshot": FAR, "data_of": "", "id": "x", "without": []}).bucket


@pytest.mark.parametrize(("extra", "name"), [("", FAR), (S3, ""), (S3, "../etc/passwd")])
def test_without_a_bucket_or_a_name_nothing_is_begun(make_site: MakeSite, extra: str, name: str) -> None:
    with pytest.raises(Refused, match="is named, and the spec says where"):
        choose(running(make_site(extra, secrets=SECRETS)), name, bucket=True)
