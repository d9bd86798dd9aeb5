"""How long a door did not answer, and how a pair stands."""

import asyncio
import math
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.balancers.drill import Drill, _fit, drills, note
from wizard.balancers.gap import Watch, longest_gap
from wizard.balancers.status import Machine, Pooled, Status
from wizard.errors import Refused

UP = (Pooled("be_kube_api", "cp-1", "UP", "L7OK", 3), Pooled("be_kube_api", "cp-2", "UP", "L7OK", 1))
ONE, TWO = Machine("lb-1", "active", "active", True, UP), Machine("lb-2", "active", "active", False, UP)


@pytest.mark.parametrize(
    ("answers", "gap"), [((), 0), ((5.0,), 0), ((1.0, 2.0, 4.5, 5.0), 2.5), ((4.5, 1.0, 5.0, 2.0), 2.5)]
)
def test_a_gap_is_the_longest_time_between_two_answers(answers: tuple[float, ...], gap: float) -> None:
    assert longest_gap(answers) == gap


@given(st.lists(st.floats(0, 100), min_size=2), st.randoms())
def test_in_which_order_answers_were_noted_does_not_matter(answers: list[float], dice: Random) -> None:
    shuffled = list(answers)
    dice.shuffle(shuffled)
    assert longest_gap(shuffled) == longest_gap(answers) <= max(answers) - min(answers)


async def test_a_door_that_is_closed_does_not_answer() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Watch("127.0.0.1", port) as watch:
        while not watch.asked:
            await asyncio.sleep(0)
    assert watch.answers == []
    assert watch.silence_s() == math.inf


def test_a_healthy_pair_has_no_problem_and_one_that_can_be_stopped() -> None:
    status = Status("10.0.0.9", (ONE, TWO))
    assert status.problems() == ()
    assert _fit(status) == "lb-1"
    assert "virtual IP 10.0.0.9: carried by lb-1" in list(status.lines())


@pytest.mark.parametrize(
    ("machines", "problem"),
    [
        ((ONE,), "there is one balancer, and nobody to take over from it"),
        ((ONE, Machine("lb-2", "active", "failed", False, UP)), "lb-2: keepalived is failed"),
        ((ONE, Machine("lb-2", "inactive", "active", False)), "lb-2: haproxy is inactive"),
        ((ONE, Machine("lb-2", "active", "active", True, UP)), "lb-1 and lb-2 carry 10.0.0.9 at once"),
        ((Machine("lb-1", "active", "active", False, UP), TWO), "nobody carries 10.0.0.9"),
        ((ONE, Machine("lb-2", error="no answer")), "lb-2: no answer"),
        (
            (ONE, Machine("lb-2", "active", "active", False, (Pooled("be_kube_api", "cp-1", "DOWN", "L4CON", 0),))),
            "lb-2: nobody is up in be_kube_api",
        ),
    ],
)
def test_a_pair_that_is_not_healthy_is_not_drilled_and_the_reason_is_named(
    machines: tuple[Machine, ...], problem: str
) -> None:
    status = Status("10.0.0.9", machines)
    with pytest.raises(Refused) as refused:
        _fit(status)
    assert problem in refused.value.message
    assert "Nothing was touched" in refused.value.hint


def test_a_drill_is_kept_with_the_cluster(tmp_path: Path) -> None:
    one = Drill(1.5, "lb-1", "lb-2", {"6443": 1.25}, 300)
    note(tmp_path, one)
    note(tmp_path, one)
    assert list(drills(tmp_path)) == [one, one]
    assert one.sentence() == "lb-1 stopped, lb-2 took over; no answer on 6443 for 1.25 s (300 probes)"
