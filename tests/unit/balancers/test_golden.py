"""What stands in front, to the letter: a change of a template is seen, and looked at."""

from tests.unit.balancers.golden import FOLDER, drawn


def test_each_configuration_is_as_it_was_looked_at() -> None:
    found = drawn()
    assert {path.name for path in FOLDER.iterdir()} == set(found)
    for name, text in found.items():
        assert text == (FOLDER / name).read_text(), f"{name}: python -m tests.unit.balancers.golden redraws it"
