"""A change of one node leaves every other character of the spec as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import BadUsage
from wizard.spec.edit import add_node, change_address, drop_nodes

TEXT = """# the site in the cellar
apiVersion: rancher-wizard/v1
name: prod   # never changed
nodes:
  # servers
  - {name: cp-1, address: 10.0.0.11, role: server}
  - name: cp-2
    address: "10.0.0.12"   # the old one
    role: server
    labels:
      rack: b

  # workers
  - name: w-1
    role: agent
    address: 10.0.0.21
    taints: ["gpu=true:NoSchedule",
             "x=y:NoExecute"]
# the rest
ssh: {user: ops}
"""


def test_a_node_is_taken_out_with_all_of_its_own_lines_and_no_other() -> None:
    gone = drop_nodes(TEXT, ("cp-2",))
    first = TEXT.index("  - name: cp-2")
    assert gone == TEXT[:first] + TEXT[TEXT.index("\n  # workers") :]
    assert drop_nodes(TEXT, ("cp-1", "w-1")).count("- ") == 1
    assert drop_nodes(TEXT, ("nobody",)) == TEXT


def test_a_node_is_added_as_the_last_of_them() -> None:
    more = add_node(TEXT, {"name": "w-2", "address": "10.0.0.22", "role": "agent"})
    assert more.replace("  - {name: w-2, address: 10.0.0.22, role: agent}\n", "") == TEXT
    assert more.index("w-2") < more.index("# the rest")
    assert add_node(TEXT.partition("# the rest")[0].rstrip(), {"name": "w-2"}).endswith("\n  - {name: w-2}\n")


def test_an_address_is_changed_in_its_place() -> None:
    assert change_address(TEXT, "cp-2", "10.9.9.9") == TEXT.replace('"10.0.0.12"', "10.9.9.9")
    with pytest.raises(BadUsage, match="w-9: no node"):
        change_address(TEXT, "w-9", "10.9.9.9")


@pytest.mark.parametrize("text", ["nodes: [{name: a}, {name: b}]\n", "nodes: {}\n", "- a\n", ""])
def test_what_is_not_a_list_of_lines_is_left_to_the_operator(text: str) -> None:
    with pytest.raises(BadUsage, match="an item a line"):
        drop_nodes(text, ("a",))


@given(st.text(max_size=20))
def test_hostile_values_stay_values(value: str) -> None:
    import yaml

    node = yaml.safe_load(add_node(TEXT, {"name": value}))["nodes"][-1]
    assert node == {"name": value}
