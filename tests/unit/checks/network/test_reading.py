"""What nodes print is read without ever failing, and what it means is judged from its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.checks.network.answer import carried, connected, received, settled
from wizard.checks.network.links import DOOR, Link
from wizard.checks.network.question import Question
from wizard.checks.network.reading import Heard, Opened, read_asked, read_closed, read_opened

RUN = "rw0123"
KEYS = ["listens=", "busy=", "rule=", "program=", "heard=", "listener=", "tcp ", "udp n1 8472 ", "way n1 - 0 sent="]


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.text()).map("".join) | st.text()))
def test_any_text_is_read(lines: list[str]) -> None:
    read_opened(lines)
    read_closed(lines)
    for heard in read_asked(lines):
        heard.number("took")
        question = Question("tcp", heard.target, "10.0.0.1", heard.port)
        connected("n2", question, heard, run=RUN)
        received("n2", question, heard, 0)
        carried("n2", heard.target, [heard], (0, 0))


def test_what_a_node_opened_is_read() -> None:
    opened = read_opened(
        [
            "program=perl",
            "address=*",
            "listens=6443/tcp",
            "listens=nonsense",
            "busy=10250/tcp kubelet",
            "busy=8472/udp",
            "firewall=nft",
            "rule=inet filter input input 7 tcp dport 6443 drop",
            "rule=too short",
        ]
    )
    assert (opened.program, opened.everywhere, opened.firewall) == ("perl", True, "nft")
    assert opened.listens == {"6443/tcp"}
    assert opened.busy == {"10250/tcp": "kubelet", "8472/udp": "-"}
    assert [(rule.place, rule.handle, rule.text) for rule in opened.rules] == [
        ("inet filter input", "7", "tcp dport 6443 drop")
    ]


@pytest.mark.parametrize(
    ("status", "text", "answer"),
    [
        (0, f"took=120 said={RUN} n1", "open"),
        (0, "took=120 said=rwother n1", "open"),
        (0, f"took=120 said={RUN} n7", "wrong"),
        (0, "took=120 said=SSH-2.0-OpenSSH_9.2", "wrong"),
        (124, "took=120", "filtered"),
        (124, "", "filtered"),
        (1, "ask: connect: Connection refused", "rejected"),
        (1, "ask: connect: No route to host", "unreachable"),
        (1, "ask: connect: Network is unreachable", "unreachable"),
        (1, "ask: connect: Operation not permitted", "rejected"),
        (1, "ask: nowhere.test: Name or service not known", "unreachable"),
    ],
)
def test_the_answer_to_a_connection_is_told_by_its_words(status: int, text: str, answer: str) -> None:
    question = Question("tcp", "n1", "10.0.0.1", 6443)
    assert connected("n2", question, Heard("tcp", "n1", 6443, status, text), run=RUN).answer == answer


def test_a_port_of_its_own_service_is_in_use_and_names_it() -> None:
    opened = Opened(busy={"6443/tcp": "kube-apiserver", "2379/tcp": "kernel"})
    question = Question("knock", "n1", "10.0.0.1", 6443)
    link = connected("n2", question, Heard("knock", "n1", 6443, 0, "took=90"), run=RUN, opened=opened)
    assert (link.answer, link.said, link.good) == ("in_use", "held by kube-apiserver", True)


def test_the_registration_address_may_lead_to_any_server_of_this_proof_alone() -> None:
    question = Question("tcp", DOOR, "10.0.0.100", 9345)
    answers = {
        said: connected("n2", question, Heard("tcp", "@registration", 9345, 0, f"took=9 said={said}"), run=RUN).answer
        for said in (f"{RUN} n3", "rwother n3", "HTTP/1.1 400 Bad Request")
    }
    assert list(answers.values()) == ["open", "wrong", "wrong"]


@pytest.mark.parametrize(
    ("text", "count", "answer"),
    [
        ("sent=50 refused=0", 50, "open"),
        ("sent=50 refused=0", 1, "open"),
        ("sent=50 refused=0", 0, "filtered"),
        ("sent=26 refused=24 printf: write error: Connection refused", 0, "rejected"),
        ("sent=0 refused=50 printf: write error: Operation not permitted", 0, "rejected"),
    ],
)
def test_datagrams_are_judged_by_what_came_in(text: str, count: int, answer: str) -> None:
    question = Question("udp", "n1", "10.0.0.1", 8472)
    assert received("n2", question, Heard("udp", "n1", 8472, 0, text), count).answer == answer


def test_where_pings_are_not_answered_connections_and_datagrams_tell() -> None:
    heard = [
        Heard("way", "n1", 0, 0, "sent=100 received=0 median= p99= PING 10.0.0.1"),
        Heard("tcp", "n1", 6443, 0, f"took=2000 said={RUN} n1"),
        Heard("tcp", "n1", 9345, 0, f"took=4000 said={RUN} n1"),
        Heard("tcp", "n1", 10250, 124, ""),
    ]
    way = carried("n2", "n1", heard, (50, 45))
    assert (way.by, way.median_ms, way.p99_ms) == ("connect", 2.0, 4.0)
    assert way.loss_percent == 10


def links(*answers: str) -> list[Link]:
    return [Link("n2", "n1", port, "tcp", answer) for port, answer in enumerate(answers)]  # type: ignore[arg-type]


def test_no_route_to_a_host_that_answers_elsewhere_is_a_firewall() -> None:
    told = settled(links("open", "unreachable"), alive=True, way=None)
    assert [link.answer for link in told] == ["open", "rejected"]
    told = settled(links("unreachable", "unreachable"), alive=True, way=None)
    assert [link.answer for link in told] == ["unreachable", "unreachable"]


def test_silence_of_a_listener_that_had_ended_proves_nothing() -> None:
    told = list(settled(links("open", "filtered"), alive=False, way=None))
    assert [link.answer for link in told] == ["open", "untried"]
    assert not told[1].bad
