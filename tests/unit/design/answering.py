"""Answers as hypothesis makes them: anything that the questions allow."""

from collections.abc import Callable

from hypothesis import strategies as st

from wizard.design.answers import Answers
from wizard.design.question import NOTHING, Question, Value, questions, read_answer
from wizard.errors import WizardError

TEXTS = {
    "address_range": ["10.9.0.0/24", "10.8.0.1-10.8.0.9", "192.0.2.0/30", "10.42.0.0/24", "fd00::/120"],
    "bastion": ["jump.example.com", "ops@jump.example.com:22", "ops@[fd00::1]:2222"],
    "bucket": ["etcd-snapshots", "a.b-c"],
    "cidr": ["10.42.0.0/16", "172.16.0.0/12", "fd00::/56"],
    "cidr_v6": ["fd42::/56", "fd00:0:0:1::/64"],
    "cluster_name": ["prod", "no", "123", "on", "1e3", "0x10", "null"],
    "dns_name": ["rke2.example.com", "rke2"],
    "endpoint": ["s3.example.com:9000", "127.0.0.1:1"],
    "host": ["nfs.example.com", "10.0.0.9"],
    "interface": ["eth0", "bond0.12"],
    "ip": ["10.0.0.10", "fd00::10"],
    "local_path": ["~/.ssh/id", "a b", "yes", "../up", 'it\'s "so": # here', "véé", "[red]", "{a: b}", "- x", "1:30"],
    "machine": ["192.0.2.201", "lb-9=ops@192.0.2.202:2222", "lb.example.com", "ops@[fd00::5]:22", "x=fd00::6"],
    "mail": ["ops@example.com"],
    "proxy": ["http://proxy.example.com:3128"],
    "rancher_name": ["rancher.example.com", "r.apps.example.com"],
    "rancher_version": ["2.14.3", "2.13.0-rc1"],
    "registry": ["registry.example.com:5000", "[fd00::1]:5000"],
    "remote_path": ["/mnt/etcd", "/a: b", "/x #y"],
    "secret_place": ["env:S3_KEY", "file:~/.secrets/s3", "file:a b: c"],
    "share": ["0", "3", "10%", "100%"],
    "share_above_zero": ["1", "10%"],
    "site_name": ["*.apps.example.com", "shop.example.com", "rancher.example.com"],
    "user": ["root", "ops", "DOM\\ops", "a@b", "_x"],
    "version": ["v1.35.7+rke2r1", "v1.36.0-rc1+rke2r2"],
    "word": ["eu-central-1", "1.5", "yes"],
}


def values(question: Question) -> st.SearchStrategy[Value]:
    """Return every answer that a question allows."""
    titles = [choice.value for choice in question.choices]
    texts = st.sampled_from([*TEXTS.get(question.check, ()), *([NOTHING] if question.optional else [])] or [""])
    match question.kind:
        case "yes_no":
            return st.booleans()
        case "number":
            return st.integers(question.least, question.most) | (st.none() if question.optional else st.nothing())
        case "choice":
            return st.sampled_from(titles)
        case "several":
            return st.lists(st.sampled_from(titles), min_size=question.least).map(
                lambda some: tuple(value for value in titles if value in some)
            )
        case "list":
            return st.lists(st.sampled_from(TEXTS[question.check]), unique=True).map(tuple)
        case _:
            return texts.map(lambda text: read_answer(question, text))


@st.composite
def some_answers(draw: st.DrawFn) -> Answers:
    """Return answers to some of the questions, some of the others left open."""
    keys = draw(st.lists(st.sampled_from(list(questions())), unique=True))
    answers = Answers()
    for key in keys:
        known = draw(st.integers(0, 3))
        answers = answers.given(key, draw(values(questions()[key]))) if known else answers.left(key)
    return answers


def outcome(call: Callable[[], object]) -> object:
    """Return what a call returns, or how it was refused."""
    try:
        return call()
    except WizardError as error:
        return error


def reached(key: str) -> Answers:
    """Return the fewest answers with which a question is asked."""
    answers = Answers()
    for one, condition in questions()[key].when:
        answers = answers.overlaid(reached(one))
        answers = answers.given(one, condition.least or condition.values[0])
    for one, condition in questions()[key].unless:
        if condition.holds(answers[one]):
            others = (choice.value for choice in questions()[one].choices if not condition.holds(choice.value))
            answers = answers.given(one, next(others))
    return answers


COMPANIONS: dict[str, tuple[tuple[str, Value], ...]] = {
    "s3_": (("s3_bucket", "snaps"),),
    "metallb_": (("metallb_pool", ("10.9.0.0/24",)),),
    "rancher_": (("rancher_hostname", "rancher.example.com"),),
    "balancer_": (("balancer_nodes", ("192.0.2.201",)),),
    "vip_": (("balancer_nodes", ("192.0.2.201", "192.0.2.202")), ("vip", "192.0.2.200")),
}
"""What must be said too before an answer to a question whose key begins so stands in a spec."""


def useful(key: str) -> Answers:
    """Return the fewest answers with which a question is asked, and its answer ends in something."""
    answers = reached(key)
    for start, said in COMPANIONS.items():
        if key.startswith(start):
            answers = Answers({**answers.said, **dict(said)})
    return answers
