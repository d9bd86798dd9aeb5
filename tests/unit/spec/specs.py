"""Small specs to change one thing in."""

import pytest

from wizard.errors import BadSpec
from wizard.spec.load import Loaded, read_spec

HEAD = """\
apiVersion: rancher-wizard/v1
name: prod
distribution: rke2
version: v1.34.2+rke2r1
nodes:
  - {name: cp-1, address: 10.0.0.11, role: server}
  - {name: w-1, address: 10.0.0.21, role: agent}
"""


def read(text: str) -> Loaded:
    return read_spec(text.encode(), name="cluster.yaml")


def problems(text: str) -> list[str]:
    """Return what is wrong with a spec, without the file's name."""
    with pytest.raises(BadSpec) as caught:
        read(text)
    assert all(problem.startswith("cluster.yaml:") for problem in caught.value.problems)
    return [problem.removeprefix("cluster.yaml:") for problem in caught.value.problems]


def nodes(*lines: str) -> str:
    """Return a spec of these nodes, the first on line 6."""
    head = HEAD.partition("nodes:\n")[0] + "nodes:\n"
    return head + "".join(f"  - {{{line}}}\n" for line in lines)
