"""The matrix folds what checks found, and knows what stops a rollout."""

import json

import pytest

from wizard.checks.check import check
from wizard.checks.finding import Said, Verdict, fail, ok
from wizard.checks.matrix import Judged, Looking, Matrix
from wizard.errors import WizardError
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec


@check("disk.room", "Room", group="disk", severity="must", why="", source="")
def room(node: Node, facts: Facts, spec: Spec) -> Said:
    return ok("room")


@check("disk.kind", "Kind", group="disk", severity="should", why="", source="")
def kind(node: Node, facts: Facts, spec: Spec) -> Said:
    return ok("SSD")


def said(room_is: Verdict, kind_is: Verdict) -> Judged:
    found = (Said(room_is, "r", "more", "Add some."), Said(kind_is, "k", "SSD", "Change it."))
    return Judged(
        "n1", tuple(each.by(check.id, check.severity) for each, check in zip(found, (room, kind), strict=True))
    )


def matrix(*events: Looking | Judged) -> Matrix:
    made = Matrix(("n1", "n2"), (room, kind))
    for event in events:
        made.apply(event)
    return made


def test_a_node_is_waiting_then_looked_at_then_judged() -> None:
    made = matrix()
    states = [made.state("n1")]
    for event in (Looking("n1"), said("ok", "ok")):
        made.apply(event)
        states.append(made.state("n1"))
    assert states == ["waiting", "looking", "judged"]
    assert made.state("n2") == "waiting"


@pytest.mark.parametrize(
    ("room_is", "kind_is", "worst"),
    [("ok", "ok", "ok"), ("ok", "skipped", "skipped"), ("warn", "ok", "warn"), ("warn", "fail", "fail")],
)
def test_a_group_is_as_bad_as_its_worst_check(room_is: Verdict, kind_is: Verdict, worst: Verdict) -> None:
    assert matrix(said(room_is, kind_is)).worst("n1", "disk") == worst


def test_only_failed_musts_stop_a_rollout() -> None:
    assert not matrix(said("warn", "fail")).stops()
    assert [each.check for _, each in matrix(said("fail", "fail")).stops()] == ["disk.room"]


def test_a_waived_should_no_longer_counts_on_its_node() -> None:
    made = matrix(said("ok", "fail"))
    made.waive("disk.kind", "n1", "a lab")
    assert made.worst("n1", "disk") == "ok"
    assert not list(made.open())


def test_a_failed_must_is_forced_with_a_reason_and_never_waived() -> None:
    made = matrix(said("fail", "ok"))
    with pytest.raises(WizardError, match="must hold"):
        made.waive("disk.room", "n1", "a lab")
    with pytest.raises(WizardError, match="why"):
        made.force("disk.room", "*", "  ")
    made.force("disk.room", "*", "a lab")
    assert not made.stops()


def test_a_check_run_again_replaces_what_it_found_before() -> None:
    made = matrix(said("fail", "fail"), Judged("n1", said("ok", "ok").findings[:1]))
    assert [each.check for _, each in made.open()] == ["disk.kind"]


def test_a_matrix_comes_back_from_json_as_it_was() -> None:
    made = matrix(said("fail", "ok"))
    made.force("disk.room", "*", "a lab")
    again = Matrix.of(json.loads(json.dumps(made.record())), (room, kind))
    assert again.record() == made.record()
    assert again.waivers == made.waivers


@pytest.mark.parametrize("record", [None, {}, {"nodes": [], "checks": [], "findings": {"n1": [{}]}, "waivers": []}])
def test_what_is_no_record_of_a_matrix_is_refused(record: object) -> None:
    with pytest.raises(WizardError, match="no"):
        Matrix.of(record, (room,))


def test_long_words_of_a_node_are_cut() -> None:
    found = fail("x" * 5000, wanted="less", next_move="Look.").by("disk.room", "must")
    assert len(found.saw) <= 400


def test_a_warning_that_was_waived_stops_a_rollout_once_it_is_a_failed_must() -> None:
    made = matrix(said("warn", "ok"))
    made.waive("disk.room", "n1", "a lab")
    assert not list(made.open())
    made.apply(said("fail", "ok"))
    assert [each.check for _, each in made.stops()] == ["disk.room"]


def test_a_waiver_can_be_taken_back() -> None:
    made = matrix(said("ok", "fail"))
    made.waive("disk.kind", "n1", "a lab")
    assert made.unwaive("disk.kind", "n1")
    assert not made.unwaive("disk.kind", "n1")
    assert [each.check for _, each in made.open()] == ["disk.kind"]
