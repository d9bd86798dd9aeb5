"""New keys for Secrets: what each stage means, and that a rotation is gone on from wherever it was cut."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.unit.rke2.conftest import MakeSite
from tests.unit.upkeep.test_upkeep import running
from wizard.errors import HostError, StepFailed, Unreachable
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.rollout.step import Work
from wizard.upkeep.encryption import FILE, Keys, NewKey, TakeKeys, lines, record, rotate, well

FORMER, LATER = "AES-CBC aescbckey", "AES-CBC aescbckey-2026-03-01T10:00:00Z"


def said(stage: str, active: str = FORMER, *others: str, alike: bool = True, enabled: bool = True) -> str:
    found: dict[str, Any] = {"stage": stage, "activekey": active, "enable": enabled, "inactivekeys": list(others)}
    return json.dumps(found | ({"hashmatch": True} if alike else {"hasherror": "hash does not match between a and b"}))


class Told:
    """A server that answers one status after the other; the last one stays."""

    name = "cp-1"

    def __init__(self, *answers: str) -> None:
        self.answers, self.ran = list(answers), list[str]()

    async def run(self, script: Script, *args: str, timeout_s: float, check: bool = True) -> Result:
        self.ran.append(script.name)
        if script.name != "encryption_status":
            return Result(0, ("keys rotated, reencryption started",))
        text = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return Result(0, tuple(text.splitlines()))


def work(host: Any) -> Work:
    return cast(Work, SimpleNamespace(node="cp-1", host=host, at=lambda name: host, tell=lambda *a: None, said=print))


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.upkeep.encryption.AGAIN_S", 0.0)


async def test_a_key_is_made_and_the_end_awaited(make_site: MakeSite) -> None:
    site = running(make_site())
    host = Told(said("start"), said("reencrypt_active", LATER, FORMER), said("reencrypt_finished", LATER, alike=False))
    assert await NewKey(site).carry_out(work(host)) == "done"
    assert host.ran.count("rotate_keys") == 1
    again = Told(said("reencrypt_finished", LATER, alike=False))
    assert await NewKey(site).carry_out(work(again)) == "unchanged"
    assert "rotate_keys" not in again.ran


async def test_one_that_was_cut_short_is_waited_for_and_not_begun_twice(make_site: MakeSite) -> None:
    site = running(make_site())
    (site.state / FILE).write_text(json.dumps({"former": FORMER}))
    host = Told(said("reencrypt_active", LATER, FORMER), said("reencrypt_finished", LATER))
    assert await NewKey(site).carry_out(work(host)) == "done"
    assert "rotate_keys" not in host.ran


async def test_one_that_was_begun_but_never_asked_for_is_asked_for(make_site: MakeSite) -> None:
    site = running(make_site())
    (site.state / FILE).write_text(json.dumps({"former": FORMER}))
    host = Told(said("start"), said("reencrypt_finished", LATER))
    assert await NewKey(site).carry_out(work(host)) == "done"
    assert "rotate_keys" in host.ran


@pytest.mark.parametrize(
    ("answer", "saw"),
    [
        (said("prepare"), "another rotation is under way: prepare"),
        (said("start", alike=False), "hash does not match between a and b"),
        (said("start", enabled=False), "not encrypted"),
        ("FATA[0000] no server", "gives no status: FATA"),
        ("[]", "gives no status"),
    ],
)
async def test_what_forbids_it_is_named_and_nothing_is_done(make_site: MakeSite, answer: str, saw: str) -> None:
    host = Told(answer)
    with pytest.raises(StepFailed, match=saw) as raised:
        await NewKey(running(make_site())).carry_out(work(host))
    assert raised.value.hint
    assert "rotate_keys" not in host.ran


@pytest.mark.parametrize(
    ("own", "first", "outcome"),
    [
        ("aa 50 60", "bb 50 60", "done"),
        ("bb 50 40", "bb 50 60", "unchanged"),
    ],
)
async def test_a_server_without_the_keys_is_restarted(own: str, first: str, outcome: str) -> None:
    class Host:
        def __init__(self, line: str) -> None:
            self.line = line

        async def run(self, script: Script, *args: str, timeout_s: float) -> Result:
            return Result(0, (self.line,))

    hosts = {"cp-1": Host(first), "cp-2": Host(own)}
    step = cast(Work, SimpleNamespace(node="cp-2", host=hosts["cp-2"], at=hosts.__getitem__))
    assert await TakeKeys("cp-1").carry_out(step) == outcome


def test_servers_restart_one_at_a_time_after_the_key_is_made(make_site: MakeSite) -> None:
    plan = rotate(running(make_site()))
    assert [(stage.key, stage.batches) for stage in plan.stages] == [
        ("encryption-key", (("cp-1",),)),
        ("encryption-servers", (("cp-1",), ("cp-2",), ("cp-3",))),
        ("encryption-proof", (("cp-1",),)),
    ]
    assert [step.key for step in plan.stages[1].steps][:4] == ["reach", "quorum-before", "take-keys", "start"]


def test_servers_that_differ_are_told() -> None:
    found: dict[str, Keys | HostError] = {
        "cp-1": Keys.of((said("start"),)),
        "cp-2": Keys.of((said("start", alike=False),)),
        "cp-3": Unreachable("cp-3", "no route to host"),
    }
    text = "\n".join(lines(found))
    assert "restart the servers, one at a time" in text
    assert "cp-3  not known: no route to host" in text
    assert not well(found)
    assert well({"cp-1": Keys.of((said("reencrypt_finished"),))})
    assert [sorted(each) for each in record(found)][2] == ["server", "unknown"]
