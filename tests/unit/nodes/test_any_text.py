"""Whatever is pasted: nothing crashes, no line is lost, and what was understood can be written down again."""

import re

from hypothesis import given
from hypothesis import strategies as st

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.understand import understand
from wizard.plain import LINE_LIMIT
from wizard.spec.address import as_ip
from wizard.spec.models import Node

PIECES = st.sampled_from(
    [
        "10.0.0.1", "10.0.0.300", "fd00::1", "[fd00::2]:22", "root@", "@", ":", "cp-1", "cp-1.lan", "10.0.0.[1-3]",
        "n[01:03]", "10.0.0.0/29", "10.0.0.9-7", "server", "agent", "zone=a", "zone:", "name=x", "port=99999",
        "label.a/b=c", "taint=a:NoSchedule", "[all]", "[a:children]", "[a:vars]", "all:", "hosts:", "children:",
        "vars:", "- ", "Host", "HostName", "User", "ip", "name", "role", ",", ";", "\t", "  ", "=", '"', "'", "#",
        "\n", "\r\n", "\n\n  ", "{", "}", "[", "]", "*", "&a", "*a", "!!", "|", ">", "\x1b[31m", "\u202e", "\u200b",
        "🙂", "[red]", "[/]", "%h", "\ud800", "--- ", "\x00", "é", "password: x", "\ufeff",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join), st.lists(PIECES, max_size=40).map(" ".join))
SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

ADDRESSES = st.one_of(
    st.ip_addresses().map(str).filter(lambda text: as_ip(text) is not None),
    st.from_regex(r"[a-z]{2,8}-[0-9]{1,3}(\.[a-z]{2,6}){0,2}", fullmatch=True),
)
WORDS = st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True)
ENTRIES = st.builds(
    NodeEntry,
    address=ADDRESSES,
    name=st.none() | WORDS.filter(lambda word: word != "localhost"),
    port=st.none() | st.integers(1, 65535),
    user=st.none() | st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True),
    role=st.sampled_from([None, "server", "agent"]),
    zone=st.none() | WORDS,
    internal_address=st.none() | st.ip_addresses(v=4).map(str) | st.just("10.1.0.1,fd01::1"),
    labels=st.dictionaries(WORDS, WORDS, max_size=2),
    taints=st.lists(st.builds("{}={}:NoSchedule".format, WORDS, WORDS), max_size=2).map(tuple),
    ssh=st.dictionaries(st.sampled_from(["key", "bastion"]), st.just("~/a b/c"), max_size=1).filter(
        lambda ssh: "bastion" not in ssh
    ),
)


@given(TEXTS)
def test_any_text_keeps_its_lines_and_is_shown_clean(text: str) -> None:
    understood = understand(text)
    wanted = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [line.number for line in understood.lines] == list(range(1, len(wanted) + 1))
    for line in understood.lines:
        assert not SHOWN.search(line.text + line.problem + line.note)
        assert len(line.text) <= LINE_LIMIT
    assert [entry for line in understood.lines for entry in line.entries] == list(understood.entries)


@given(TEXTS)
def test_a_line_that_says_something_is_nodes_or_explained(text: str) -> None:
    understood = understand(text)
    assert all(line.entries or line.problem or line.note for line in understood.lines if line.text.strip())


@given(TEXTS)
def test_what_was_understood_can_stand_in_a_spec_and_be_read_again(text: str) -> None:
    entries = understand(text).entries
    for entry in entries:
        Node.model_validate({"name": entry.name or "n", "address": entry.address, "role": entry.role or "agent"})
    assert understand("\n".join(entry.text for entry in entries)).entries == entries
    assert len({entry.key for entry in entries}) == len(entries)


@given(ENTRIES)
def test_an_entry_is_understood_from_its_own_text(entry: NodeEntry) -> None:
    understood = understand(entry.text)
    assert not understood.bad
    assert understood.entries == (entry,)
