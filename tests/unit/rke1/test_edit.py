"""A cluster.yml is changed where it is to be changed; every other line of it stays as it is."""

import contextlib
import stat
from difflib import ndiff

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rke1.designs import HEAD
from wizard.distros.known import DISTRIBUTIONS
from wizard.distros.rke1.cluster_yml import masked, real
from wizard.distros.rke1.edit import changed, put
from wizard.distros.rke1.write import WriteClusterYml, place
from wizard.errors import BadSpec
from wizard.rollout.step import Work

OWN = """\
# The cluster of the third floor. Ask Kim before changing it.
cluster_name:   prod         # never changed
kubernetes_version: "v1.28.12-rancher1-1"

nodes:
    # the old server, still good
    - address: 10.0.0.11
      port: 22
      user: ops
      role: [controlplane, worker, etcd]   # all of it
      hostname_override: all-1
      labels: {room: "3"}

    # the new one
    - address: 10.0.0.12
      user: ops
      role:
        - worker
      hostname_override: w-1
      future_key: kept
network:
    plugin: calico
services:
    etcd:
        backup_config:
            interval_hours: 6     # Kim
            retention: 12
            s3backupconfig: {access_key: AKIA, secret_key: "hush", bucket_name: b, endpoint: s3.lan}
own_thing:   [1,2,   3]
"""
ALL_1 = "name: all-1, address: 10.0.0.11, role: server, roles: [controlplane, etcd, worker]"
W_1 = "name: w-1, address: 10.0.0.12, role: agent"


def spec_of(*nodes: str, version: str = "v1.28.12-rancher1-1", more: str = "") -> str:
    lines = "".join(f"  - {{{node}}}\n" for node in nodes or (ALL_1, W_1))
    rke1 = "" if "rke1:" in more else "rke1: {cluster_yml: own.yml}\n"
    return HEAD.replace("v1.30.14-rancher1-1", version) + "nodes:\n" + lines + rke1 + more


@pytest.fixture
def laid(make_site, tmp_path):
    """Return the text that a spec makes of an operator's file."""

    def lay(spec: str, own: str = OWN) -> str:
        (tmp_path / "own.yml").write_text(own)
        return real(make_site(spec)).reveal()

    return lay


def difference(old: str, new: str) -> list[str]:
    return [line.rstrip() for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]


def test_a_spec_that_says_the_same_changes_not_one_byte(laid):
    assert laid(spec_of()) == OWN
    assert laid(spec_of(), OWN.replace("\n", "\r\n")) == OWN.replace("\n", "\r\n")


def test_one_changed_node_is_the_whole_difference(laid):
    assert difference(OWN, laid(spec_of(ALL_1 + ", labels: {room: '4', disk: ssd}", W_1))) == [
        '-       labels: {room: "3"}',
        '+       labels: {room: "4", disk: ssd}',
    ]


def test_a_changed_version_keeps_its_quotes(laid):
    assert difference(OWN, laid(spec_of(version="v1.30.14-rancher1-1"))) == [
        '- kubernetes_version: "v1.28.12-rancher1-1"',
        '+ kubernetes_version: "v1.30.14-rancher1-1"',
    ]


def test_a_node_that_is_added_stands_behind_the_others(laid):
    found = laid(spec_of(ALL_1, W_1, "name: w-2, address: 10.0.0.13, role: agent"))
    assert difference(OWN, found) == [
        "+     - address: 10.0.0.13",
        "+       hostname_override: w-2",
        "+       role: [worker]",
        "+       user: ops",
    ]


def test_a_node_that_goes_leaves_the_comment_above_the_next_one(laid):
    own = OWN.replace("role: [controlplane, worker, etcd]", "role: [worker]").replace(
        "      role:\n        - worker\n", "      role: [controlplane, etcd, worker]\n"
    )
    found = laid(spec_of(W_1.replace("role: agent", "role: server, roles: [controlplane, etcd, worker]")), own)
    assert "# the new one" in found
    assert "10.0.0.11" not in found
    assert all(line.startswith("-") for line in difference(own, found))


def test_a_default_of_the_spec_gives_way_to_what_the_file_has(laid):
    values = yaml.safe_load(laid(spec_of()))
    assert values["network"] == {"plugin": "calico"}
    assert values["services"]["etcd"]["backup_config"]["interval_hours"] == 6
    said = yaml.safe_load(laid(spec_of(more="network: {cni: canal}\netcd: {snapshots: {schedule: '0 0 * * *'}}\n")))
    assert said["network"] == {"plugin": "canal"}
    assert said["services"]["etcd"]["backup_config"]["interval_hours"] == 24
    assert said["services"]["etcd"]["backup_config"]["s3backupconfig"]["bucket_name"] == "b"


def test_what_the_file_lacks_is_added_where_the_spec_says_it(laid):
    found = laid(spec_of(more="upgrade: {drain: none}\nrke1: {cluster_yml: own.yml, addon_job_timeout_s: 200}\n"))
    values = yaml.safe_load(found)
    assert values["upgrade_strategy"]["drain"] is False
    assert values["addon_job_timeout"] == 200
    assert all(line.startswith("+") for line in difference(OWN, found))
    assert "dns" not in values


def test_a_node_is_never_renamed_nor_moved(laid):
    with pytest.raises(BadSpec, match=r"the node at 10\.0\.0\.12 is 'w-1' in cluster\.yml, 'w-9' in the spec"):
        laid(spec_of(ALL_1, "name: w-9, address: 10.0.0.12, role: agent"))
    with pytest.raises(BadSpec, match=r"'w-1' is at 10\.0\.0\.12 in cluster.yml, and at 10\.0\.0\.99 in the spec"):
        laid(spec_of(ALL_1, "name: w-1, address: 10.0.0.99, role: agent"))


def test_a_file_that_rke_refuses_is_refused_at_its_line(laid):
    with pytest.raises(BadSpec, match=r"own\.yml:22: network\.plugin: Network plugin \[cilium\] is not supported"):
        laid(spec_of(), OWN.replace("calico", "cilium"))
    with pytest.raises(BadSpec, match=r"own\.yml:5: nodes: Failed to parse cluster file"):
        laid(spec_of(), OWN.partition("nodes:")[0] + "nodes: 5\n")


def test_a_file_that_is_not_there_is_named(make_site):
    with pytest.raises(BadSpec, match=r"own\.yml: No such file"):
        masked(make_site(spec_of()))


async def test_it_is_written_where_it_lies_and_a_second_time_is_not(make_site, tmp_path):
    own = tmp_path / "own.yml"
    own.write_text(OWN)
    own.chmod(0o644)
    site = make_site(spec_of(version="v1.30.14-rancher1-1"))
    assert place(site) == own
    files = DISTRIBUTIONS["rke1"].install(site).files("all-1")
    shown = next(file.shown for file in files if file.path.startswith(str(own)))
    assert "hush" not in shown
    assert "AKIA" not in shown
    assert "# the new one" in shown
    step = WriteClusterYml(site)
    work = Work("all-1", None, None, lambda *_: None, lambda _: None)
    assert not step.settled("all-1", site.survey)
    assert await step.carry_out(work) == "done"
    assert len(difference(OWN, own.read_text())) == 2
    assert stat.S_IMODE(own.stat().st_mode) == 0o644
    assert step.settled("all-1", site.survey)
    assert await step.carry_out(work) == "unchanged"


_WORD = st.text("abcdefgh-", min_size=1, max_size=8).map(lambda word: f"k{word}z")
_SPACE = st.sampled_from(["", " ", "   "])


@st.composite
def files(draw):
    """Return a cluster.yml in somebody's own style, and the lines of its nodes."""
    margin, inner = draw(st.sampled_from([("", "  "), ("  ", "    "), ("    ", "      ")]))
    lines = [f"# {draw(_WORD)}", f"cluster_name:{draw(_SPACE)} prod{draw(st.sampled_from(['', '   # why']))}", "nodes:"]
    spans = []
    for number in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            lines.append(f"{margin}# {draw(_WORD)}")
        first = len(lines)
        lines.append(f"{margin}- address:{draw(_SPACE)} 10.0.0.{number}")
        lines.append(f"{inner}role: {draw(st.sampled_from(['[etcd, worker]', '[ worker ]', '[worker] # some']))}")
        lines.extend(
            f"{inner}{word}:{draw(_SPACE)} {draw(_WORD)}" for word in draw(st.lists(_WORD, unique=True, max_size=3))
        )
        lines.append(f"{inner}user: {draw(st.sampled_from(['ops', chr(39) + 'ops' + chr(39)]))}")
        spans.append((first, len(lines)))
        lines.extend([""] * draw(st.integers(0, 2)))
    for word in draw(st.lists(_WORD, unique=True, max_size=3)):
        lines.append(f"{word}:{draw(_SPACE)} {draw(st.sampled_from(['1', 'x  # y', '[a,  b]', '{a: 1,b: 2}']))}")
    return lines, spans


@settings(max_examples=60, deadline=None)
@given(files(), st.data())
def test_in_whatever_style_a_file_is_a_change_of_one_node_touches_no_other_line(file, data):
    lines, spans = file
    text = "\n".join(lines) + "\n"
    with contextlib.suppress(yaml.YAMLError):
        yaml.safe_load(text)
    chosen = data.draw(st.integers(0, len(spans) - 1))
    found = changed(text, lambda tree: put(tree["nodes"][chosen], "user", "somebody"))
    expected = yaml.safe_load(text)
    expected["nodes"][chosen]["user"] = "somebody"
    assert yaml.safe_load(found) == expected
    first, last = spans[chosen]
    after = found.splitlines()
    assert after[:first] == lines[:first]
    assert after[last:] == lines[last:]
