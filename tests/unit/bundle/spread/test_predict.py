"""What is predicted of both ways, and what was measured of the links."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.bundle.spread import rates
from wizard.bundle.spread.predict import Prediction
from wizard.bundle.spread.rates import ENOUGH_BYTES, SLICE_S, Meter, Rates

GIB = 1 << 30


def prediction(nodes: int, size: int, *, mbit: float = 100, node_mbit: float = 100) -> Prediction:
    return Prediction({f"n{number}": size for number in range(nodes)}, Rates(mbit, node_mbit))


def test_two_gib_to_nine_nodes_over_100_mbit_take_nine_times_as_long_from_here_alone() -> None:
    both = prediction(9, 2 * GIB)
    assert both.star_s == pytest.approx(9 * 2 * GIB * 8 / 100e6)
    assert both.fan_out_s == pytest.approx(2 * GIB * 8 / 100e6, rel=0.1)
    assert both.quicker == "fan-out"
    note = both.note("fan-out")
    assert "up to 2.0 GiB to 9 nodes" in note
    assert "25m 46s" in note
    assert "3m 01s" in note
    assert "100 Mbit/s from here (assumed)" in note


@pytest.mark.parametrize(("nodes", "size"), [(1, 2 * GIB), (3, 10 << 20), (9, 1 << 20), (0, 0)])
def test_where_little_is_won_everything_goes_from_here(nodes: int, size: int) -> None:
    assert prediction(nodes, size).quicker == "star"


def test_slow_ways_between_the_nodes_make_the_star_the_quicker_one() -> None:
    assert prediction(9, 2 * GIB, mbit=1000, node_mbit=50).quicker == "star"


@given(nodes=st.integers(1, 2000), size=st.integers(0, 4 * GIB), mbit=st.floats(1, 1e5))
def test_more_nodes_never_take_less_time(nodes: int, size: int, mbit: float) -> None:
    one, more = prediction(nodes, size, mbit=mbit), prediction(nodes + 1, size, mbit=mbit)
    assert one.star_s <= more.star_s
    assert one.fan_out_s <= more.fan_out_s


def test_what_was_measured_is_what_the_next_plan_goes_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meter, now = Meter(), 100.0
    monkeypatch.setattr(rates.time, "monotonic", lambda: now)
    for _ in range(10):
        meter.count("", ENOUGH_BYTES // 8)
        meter.count("n1", 1000)
        now += SLICE_S
    meter.keep(tmp_path)
    known = Rates.known(tmp_path)
    assert known.here_mbit == round(ENOUGH_BYTES / 8 * 8 / SLICE_S / 1e6, 1)
    assert (known.node_mbit, known.measured) == (1000.0, ("here_mbit",))
    assert "(measured)" in known.words


@pytest.mark.parametrize("text", ["", "[]", "{", '{"here_mbit": "x"}', '{"here_mbit": -1}', '{"here_mbit": null}'])
def test_a_damaged_note_of_rates_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / rates.FILE).write_text(text)
    assert Rates.known(tmp_path) == Rates(1000.0, 1000.0)
