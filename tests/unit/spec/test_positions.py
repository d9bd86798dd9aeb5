"""The loader against text that is no spec, or means harm."""

import re

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.spec.specs import HEAD, problems, read
from wizard.errors import BadSpec
from wizard.spec.load import Loaded, load_spec, read_spec
from wizard.spec.positions import read_document

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
UNREADABLE = [
    (b"", "1: the file is empty; a spec begins with apiVersion: rancher-wizard/v1"),
    (b"# nothing but a comment\n", "1: the file is empty; a spec begins with apiVersion: rancher-wizard/v1"),
    (b"---\n...\n", "1: the file is empty; a spec begins with apiVersion: rancher-wizard/v1"),
    (b"name: a\nnodes:\n\t- x\n", "3: a tab in the indentation; YAML wants spaces"),
    (b"name: caf\xe9\n", "1: not UTF-8 text; save the file as UTF-8"),
    ("name: x\n".encode("utf-16"), "1: not UTF-8 text; save the file as UTF-8"),
    (b"\x7fELF\x02\x01", "1: the control character U+007F is not text; remove it"),
    (b"name: a\n\x00\x01", "2: the control character U+0000 is not text; remove it"),
    (b"name: a\n---\nname: b\n", "2: a second document begins here; a spec is one document, without a further ---"),
    (
        b"name: a\nx: !!python/object:os.system {}\n",
        "2: the tag 'tag:yaml.org,2002:python/object:os.system' is not read here; "
        "write plain YAML without ! or !! words",
    ),
    (b"[" * 50_000, "1: nested deeper than 32 levels"),
    (b"- " * 5_000, "1: nested deeper than 32 levels"),
    (b"a: &a [*a]\n", "1: *a names no anchor that is complete above"),
    (b"a: *b\n", "1: *b names no anchor that is complete above"),
    (BOMB.encode(), "6: more than 200000 values, aliases counted with what they repeat"),
    (b"base: &b {x: 1}\nssh:\n  <<: *b\n", "3: merge keys (<<) are not read here; write the keys out"),
    (b"? [a, b]\n: c\n", "1: a list or mapping can't be a key; text is wanted before the colon"),
    (b"x" * 10_000_000, " the file is larger than 2048 KiB; a spec of 1,000 nodes takes some 300"),
]


@pytest.mark.parametrize(("data", "message"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_text_that_is_no_usable_yaml_is_one_message_with_its_line(data, message):
    with pytest.raises(BadSpec) as caught:
        read_spec(data, name="cluster.yaml")
    assert caught.value.problems == (f"cluster.yaml:{message}",)


def test_a_syntax_error_names_its_line():
    found = problems("name: a\nnodes: [\n  x: ]]\nb: }\n")
    assert len(found) == 1
    assert re.match(r"[34]: not valid YAML: ", found[0])


def test_a_file_of_ten_megabytes_is_refused_from_disk_too(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_bytes(b"a: b\n" * 2_000_000)
    with pytest.raises(BadSpec, match="larger than 2048 KiB"):
        load_spec(path)


def test_a_path_that_holds_no_file_is_a_bad_spec(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(BadSpec) as caught:
            load_spec(path)
        assert caught.value.hint


@pytest.mark.parametrize("text", ["just text", "- a\n- b\n", "5", "null", '"x"'])
def test_yaml_that_is_no_mapping_is_a_bad_spec(text):
    assert len(problems(text)) == 1


def test_duplicate_keys_are_all_told_with_both_lines():
    text = HEAD.replace("name: prod", "name: prod\nname: other") + "ssh: {port: 22, port: 23}\n"
    assert problems(text) == [
        "3: name: duplicate key, first on line 2; keep one of them",
        "9: ssh.port: duplicate key, first on line 9; keep one of them",
    ]


DOUBTFUL = ["no", "Yes", "ON", "off", "0123", "0o17", "0x1F", "0b101", "1_000", "1:30", "190:20:30", "2024-01-31"]
DOUBTFUL += ["1e3", ".5", "1.", ".inf", "-.INF", ".NaN", "089", "-0123", "9" * 30, "9" * 5000, "1:30:00.5"]


@pytest.mark.parametrize("word", DOUBTFUL, ids=lambda word: word[:12])
def test_words_that_yaml_readers_disagree_about_are_refused_where_they_stand(word):
    found = problems(f"{HEAD}registration: {{address: {word}}}\n")
    assert len(found) == 1
    assert found[0].startswith("8: registration.address: ")
    assert "by some YAML readers" in found[0]


@pytest.mark.parametrize("word", ["n", "y", "a1", "v1", "12a", "10.0.0.1", "1.2.3", "e5", "-x", "=", "<", "@x"[1:]])
def test_words_that_all_yaml_readers_take_for_text_are_text(word):
    assert read_document(f"a: {word}\n".encode(), name="x").value == {"a": word}


def test_quoted_words_are_text_whatever_they_look_like():
    document = read_document(b"a: 'no'\nb: \"0123\"\nc: |\n  1:30\n", name="x")
    assert document.value == {"a": "no", "b": "0123", "c": "1:30\n"}
    assert not document.problems


def test_an_alias_repeats_a_value_and_has_a_line_of_its_own():
    text = HEAD + "ssh: &s {port: 22}\n"
    aliased = text.replace("role: agent", "role: agent, ssh: {key: &k ~/.ssh/a}") + "source: {kind: folder, path: *k}\n"
    assert str(read(aliased).spec.source.path) == "~/.ssh/a"
    document = read_document(b"a: &x\n  b: 1\nc: *x\n", name="x")
    assert document.line_of(("c", "b")) == 3


def test_a_byte_order_mark_and_foreign_line_ends_are_read():
    assert read_spec(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode(), name="x").spec.name == "prod"


def test_a_file_of_something_else_altogether_is_told_in_a_readable_number_of_lines():
    found = problems("".join(f"key-{number}: x\n" for number in range(3000)))
    assert len(found) == 201
    assert found[-1] == " more than 200 problems, the others are not shown"


def judged(data: bytes) -> None:
    """Fail by any exception but a BadSpec with problems."""
    try:
        outcome: object = read_spec(data, name="cluster.yaml")
    except BadSpec as error:
        outcome = error
    assert isinstance(outcome, Loaded) or (isinstance(outcome, BadSpec) and outcome.problems and not outcome.__cause__)


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
def test_any_bytes_are_loaded_or_a_bad_spec(data):
    judged(data)


YAMLISH = st.text(st.sampled_from("ab: -[]{},#&*!|>'\"%@\n\t\r0.1?~<=\\u2028\u2028\x85é\x00"), max_size=120)


@given(YAMLISH)
@settings(max_examples=400)
def test_any_text_of_yaml_signs_is_loaded_or_a_bad_spec(text):
    judged(text.encode())
    judged((HEAD + text).encode())


KEY_WORDS = """apiVersion name distribution version nodes ssh network registration etcd security ingress registries
proxy source rollout prepare options token address role labels taints env file snapshots s3 server agent workers cni
bastion mirrors configs auth tls internal_address cluster_cidr service_cidr at_once user port"""
KEYS = st.sampled_from(KEY_WORDS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | KEYS
    | st.sampled_from(
        ["10.0.0.1", "server", "rke2", "v1.34.2+rke2r1", "rancher-wizard/v1", "10%", "fd00::/64", "%", "@:"]
    )
)
TREES = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), part, max_size=4)
)


@given(st.dictionaries(KEYS, TREES, max_size=8), st.booleans())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_any_tree_of_values_is_loaded_or_a_bad_spec(tree, with_head):
    base = yaml.safe_load(HEAD) if with_head else {}
    judged(yaml.safe_dump({**base, **tree}, allow_unicode=True).encode())
