"""Fields set in a spec's text: what is written beside them stays as it is."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import BadUsage
from wizard.spec.edit import put_fields

PLACE = ("etcd", "snapshots")
NODES = "# ours\nname: prod # really\nnodes:\n  - {name: a}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'etcd: {snapshots: {schedule: "@daily"}}'),
        ("etcd:\n", 'etcd: {snapshots: {schedule: "@daily"}}'),
        ("etcd: {}\n", 'etcd: {snapshots: {schedule: "@daily"}}'),
        ("etcd: {snapshots: {retention: 3}} # few\n", 'etcd: {snapshots: {retention: 3, schedule: "@daily"}} # few'),
        ("etcd:\n  snapshots:\n    # why\n    retention: 3\n", '    # why\n    retention: 3\n    schedule: "@daily"'),
        (
            "etcd:\n  snapshots:\n    schedule: '0 1 * * *' # night\n    retention: 3\n",
            '    schedule: "@daily" # night\n    r',
        ),
    ],
)
def test_the_field_is_set_and_nothing_else_moves(before: str, after: str) -> None:
    for text in (before + NODES, NODES + before):
        changed = put_fields(text, PLACE, {"schedule": "@daily"})
        assert after.replace('"', "'") in changed
        assert "# ours\nname: prod # really\nnodes:\n  - {name: a}\n" in changed
        was = yaml.safe_load(text)
        now = yaml.safe_load(changed)
        assert now.pop("etcd")["snapshots"]["schedule"] == "@daily"
        was.pop("etcd", None)
        assert now == was


@pytest.mark.parametrize("text", ["etcd: [1]\n", "etcd: &a\n  snapshots: *b\n", 'etcd: {snapshots: "a\n  b"}\n'])
def test_what_can_not_be_kept_is_left_to_the_operator(text: str) -> None:
    with pytest.raises((BadUsage, yaml.YAMLError)):
        put_fields(text, (*PLACE, "deep"), {"schedule": "@daily"})


values = st.one_of(st.integers(), st.booleans(), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
keys = st.sampled_from(("schedule", "retention", "dir", "compress"))


@given(st.dictionaries(keys, values, min_size=1), st.dictionaries(keys, values), st.booleans())
def test_whatever_is_set_is_read_back(fields: dict[str, Any], there: dict[str, Any], flow: bool) -> None:
    known = {"name": "x", "etcd": {"snapshots": there, "other": 1}, "last": [1, 2]}
    text = yaml.safe_dump(known, default_flow_style=None if flow else False, sort_keys=False, width=10_000)
    wanted = known | {"etcd": {"snapshots": there | fields, "other": 1}}
    assert yaml.safe_load(put_fields(text, PLACE, fields)) == wanted
