"""However narrow the terminal: the selected column is in view, and no row is wider than it."""

from hypothesis import given
from hypothesis import strategies as st

from screens.widgets.matrix import Columns


@given(
    width=st.integers(60, 300),
    number=st.integers(1, 60),
    at=st.integers(0, 59),
    name=st.integers(1, 80),
    least=st.integers(4, 12),
    spare=st.integers(0, 12),
    before=st.integers(0, 59),
)
def test_the_selected_column_is_in_view_and_all_fits(
    width: int, number: int, at: int, name: int, least: int, spare: int, before: int
) -> None:
    at = min(at, number - 1)
    found = Columns.of(
        width, number=number, at=at, name=name, least=least, most=least + spare, before=min(before, number - 1)
    )
    assert 0 <= found.first <= at < found.last <= number
    assert 2 + found.name + found.each * (found.last - found.first) <= width
    assert least <= found.each <= least + spare
