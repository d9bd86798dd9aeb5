"""What steps took is kept at the cluster, and later plans of it predict by that."""

from pathlib import Path

import pytest

from tests.unit.rollout.conftest import SmallStep, stage_of
from wizard.rollout import events as ev
from wizard.rollout.paces import FILE, Paces, paced
from wizard.rollout.plan import Plan


def plan_of(*steps: str, command: str = "apply", key: str = "agents") -> Plan:
    stage = stage_of("n1", "n2", "n3", steps=tuple(SmallStep(each) for each in steps), at_once=1, key=key)
    return Plan("lab", (stage,), command=command)


def carried_out(plan: Plan, state: Path, **took_s: tuple[float, ...]) -> None:
    paces = Paces(plan)
    for step, times in took_s.items():
        for number, seconds in enumerate(times, 1):
            paces.hear(
                ev.StepEnded(stage=plan.stages[0].key, node=f"n{number}", step=step, outcome="done", took_s=seconds)
            )
    paces.keep(state)


def test_a_later_plan_predicts_by_the_median_of_what_was_measured(tmp_path: Path) -> None:
    plan = plan_of("one", "two")
    assumed = plan.expected_s()
    assert paced(plan, tmp_path) == plan
    carried_out(plan, tmp_path, one=(3.0, 5.0, 400.0))
    known = paced(plan, tmp_path)
    assert known.stages[0].outline().steps[0].expected_s == 5.0
    assert known.expected_s() == assumed + 3 * (5.0 - plan.stages[0].steps[0].expected_s)
    assert known.digest == plan.digest


def test_the_very_stage_counts_before_the_same_step_of_another(tmp_path: Path) -> None:
    carried_out(plan_of("one", command="upgrade"), tmp_path, one=(7.0,))
    first = paced(plan_of("one"), tmp_path).stages[0]
    assert first.outline().steps[0].expected_s == 7.0
    carried_out(plan_of("one"), tmp_path, one=(2.0,))
    assert paced(plan_of("one", command="upgrade"), tmp_path).stages[0].outline().steps[0].expected_s == 7.0


def test_what_had_nothing_to_do_and_what_is_reckoned_from_bytes_tell_nothing(tmp_path: Path) -> None:
    plan = plan_of("one", "artifacts")
    paces = Paces(plan)
    paces.hear(ev.StepEnded(stage=plan.stages[0].key, node="n1", step="one", outcome="unchanged", took_s=0.1))
    paces.keep(tmp_path)
    carried_out(plan, tmp_path, artifacts=(9.0,))
    assert paced(plan, tmp_path).expected_s() == plan.expected_s()


@pytest.mark.parametrize("text", ["", "[]", '{"agents one": "x"}', '{"agents one": null}', "\x00"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    plan = plan_of("one")
    assert paced(plan, tmp_path) == plan
    carried_out(plan, tmp_path, one=(3.0,))
    assert paced(plan, tmp_path).expected_s() == 9.0
