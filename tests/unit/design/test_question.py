import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.design.answering import TEXTS, outcome
from wizard.design.answers import Answers
from wizard.design.check import NAMES
from wizard.design.question import Question, accept, asked, questions, read_answer, sections, short, shown
from wizard.errors import BadAnswer
from wizard.plain import plain

ALL = list(questions().values())
SEED = ["environments", "mixes_production", "availability", "data_centres", "latency_ms", "pods", "pod_cpu_m"]
SEED += ["pod_memory_max_mib", "gpu", "storage", "access_mode"]


def test_the_ten_questions_of_the_seed_are_asked() -> None:
    assert set(SEED) <= set(questions())


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.key)
def test_a_question_says_all_that_the_operator_needs(question: Question) -> None:
    assert question.text.endswith("?")
    assert question.why.endswith(".")
    assert question.changes
    if question.kind in ("choice", "several"):
        assert len(question.choices) > 1
        assert all(choice.title and choice.why for choice in question.choices)
        assert len({choice.value for choice in question.choices}) == len(question.choices)
    if question.kind in ("text", "list"):
        assert question.check in NAMES & set(TEXTS)
        assert read_answer(question, question.example)
    if question.kind == "number":
        assert question.least < question.most
    if question.default is None:
        assert question.optional
        assert question.if_open, "what is assumed must be told"


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.key)
def test_a_default_is_an_answer_like_another(question: Question) -> None:
    if question.default is not None:
        assert accept(question, question.default) == question.default
        assert shown(question, question.default)


def test_a_condition_looks_at_questions_above_it_and_at_answers_they_allow() -> None:
    seen: set[str] = set()
    for question in ALL:
        for key, condition in question.when:
            assert key in seen, question.key
            assert all(accept(questions()[key], value) == value for value in condition.values)
        seen.add(question.key)


def test_keys_and_sections_are_there_once() -> None:
    assert sum(len(section.questions) for section in sections()) == len(questions())
    assert all(question.section in {section.key for section in sections()} for question in ALL)


def test_what_depends_on_a_question_that_is_not_asked_is_not_asked_either() -> None:
    single = {question.key for question in asked(Answers().given("availability", "none"))}
    assert not single & {"balancer", "vip", "vip_carrier"}
    assert {"balancer", "vip", "vip_carrier"} <= {question.key for question in asked(Answers())}


def test_latency_is_asked_when_there_is_a_way_between_data_centres() -> None:
    assert "latency_ms" not in {question.key for question in asked(Answers())}
    assert "latency_ms" in {question.key for question in asked(Answers().given("data_centres", 2))}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("pods", " 300 pods ", 300),
        ("pod_memory_mib", "512 MiB", 512),
        ("ssh_port", "none", None),
        ("storage", "Longhorn", "longhorn"),
        ("gpu", "Y", True),
        ("gpu", "no", False),
        ("architectures", "arm64, amd64", ("amd64", "arm64")),
        ("prepare", "none", ()),
        ("node_networks", "10.0.0.0/8 192.168.1.0/24", ("10.0.0.0/8", "192.168.1.0/24")),
        ("node_networks", "none", ()),
        ("proxy", "", None),
        ("max_failed", "2", "2"),
        ("s3_access_key", "env:KEY", "env:KEY"),
    ],
)
def test_what_is_typed_is_understood(key: str, text: str, value: object) -> None:
    assert read_answer(questions()[key], text) == value


@pytest.mark.parametrize(
    ("key", "text", "what", "allowed"),
    [
        ("pods", "many", "'many' is not a whole number", "from 1 to 150000"),
        ("pods", "0", "out of range", "from 1 to 150000"),
        ("pods", "-4", "out of range", "from 1 to 150000"),
        ("pods", "--4", "not a whole number", "from 1 to 150000"),
        ("pods", "9" * 900, "out of range", "150000"),
        ("pods", "", "is empty", "whole number"),
        ("pods", "٣", "not a whole number", "whole number"),
        ("gpu", "maybe", "neither yes nor no", "yes or no"),
        ("storage", "longhron", "no choice", "did you mean 'longhorn'?"),
        ("architectures", "none", "holds 0 values", "1 to"),
        ("version", "1.35", "not pinned", "v1."),
        ("cluster_cidr", "10.42.0.1/16", "bits beyond", "10.42.0.0/16"),
        ("cluster_cidr_v6", "10.42.0.0/16", "IPv4", "IPv6"),
        ("vip", "vip.example.com", "not an IP address", "10.0.0.10"),
        ("dns_name", "10.0.0.1", "is an address", "rke2.example.com"),
        ("dns_name", "[red]", "not an address", "host name"),
        ("cluster_name", "Prod 🚀", "not a DNS label", "lower case"),
        ("cluster_name", "x" * 10_000, "10000 characters", "at most"),
        ("cluster_name", "\x1b[31mprod", "escape codes", "plain text"),
        ("dns_name", "a\u202eb", "control characters", "plain text"),
        ("proxy", "http://me:secret@proxy:3128", "secret", "keys and passwords"),
        ("s3_region", "a b", "not one word", "at most 63"),
    ],
)
def test_what_can_not_be_used_says_why_and_what_would_do(key: str, text: str, what: str, allowed: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(questions()[key], text)
    assert what in caught.value.what
    assert allowed in caught.value.allowed


@pytest.mark.parametrize("key", ["s3_secret_key", "token", "release_folder", "s3_bucket", "dns_name"])
@pytest.mark.parametrize("secret", ["AKIAABCDEFGHIJKLMNOP", "https://me:hunter2pass@host/x", "-----BEGIN KEY"])
def test_a_secret_is_refused_and_not_repeated(key: str, secret: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(questions()[key], secret)
    assert secret not in str(caught.value)
    assert "hunter2pass" not in str(caught.value)


@pytest.mark.parametrize("place", ["hunter2pass", "env:", "env:hunter2 pass", "pass:word", "file:"])
def test_a_secret_in_place_of_where_it_is_kept_is_not_repeated(place: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(questions()["s3_secret_key"], place)
    assert "hunter2" not in str(caught.value)
    assert caught.value.allowed


@given(st.sampled_from(ALL), st.text() | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_any_text_is_an_answer_or_refused_in_plain_words(question: Question, text: str) -> None:
    value = outcome(lambda: read_answer(question, text))
    if isinstance(value, BadAnswer):
        assert plain(value.message) == value.message
    else:
        assert accept(question, "none" if value is None else value) == value
        assert plain(shown(question, value)) == shown(question, value)


def test_a_number_keeps_its_unit_where_there_is_little_room() -> None:
    units = [question for question in questions().values() if question.unit]
    assert short(questions()["pod_cpu_m"], 100) == "100 m"
    assert short(questions()["gpu"], True) == "yes"
    assert short(questions()["ssh_port"], 22) == "22"
    for question in units:
        assert short(question, question.default) in (shown(question, question.default), f"{question.default} m")
        assert len(short(question, question.least)) <= 13
